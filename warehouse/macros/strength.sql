{# How much a label's source weighs: a human more than a rule, a rule more than an import. #}
{% macro strength(source) -%}
    case {{ source }} when 'human' then 3 when 'rule' then 2 when 'import' then 1 end
{%- endmacro %}
