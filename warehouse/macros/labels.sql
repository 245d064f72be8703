{# How much a label's source weighs: a human more than a rule, a rule more than an import. #}
{% macro strength(source) -%}
    case {{ source }} when 'human' then 3 when 'rule' then 2 when 'import' then 1 end
{%- endmacro %}

{# The name of the label event that the landing makes of a feedback: no user can take another's name. #}
{% macro label_event_of(user_id, feedback_id) -%}
    'feedback:' || length({{ user_id }}) || ':' || {{ user_id }} || ':' || {{ feedback_id }}
{%- endmacro %}
