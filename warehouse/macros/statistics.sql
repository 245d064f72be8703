{# Statistics of a table, for the models and tests that read it next. Autovacuum collects them up to a minute later, and
   until then the planner guesses: a guess of one row once made it read all feedback again for each of 600,000 labels. #}
{% macro collect_statistics() -%}
    {%- if config.get('materialized') in ('table', 'incremental') -%}
    analyze {{ this }}
    {%- endif -%}
{%- endmacro %}
