{# Categories of an earlier taxonomy under this one's names, as `ledgermind taxonomy migrate` noted them: the raw tables
   keep what was said, and staging reads it through the var `category_successors`, from old names to new ones; null is a category
   that has no successor. With an empty map the SQL is the column alone. #}
{% macro own_category(expression, column) -%}
    {%- set map = var('category_successors') -%}
    {%- if map is mapping and map.values() | select | list -%}
        case {{ expression }}
        {%- for name, successor in map.items() if successor %}
            when {{ text_of(name) }} then {{ text_of(successor) }}
        {%- endfor %}
            else {{ expression }}
        end as {{ column }}
    {%- elif expression == column -%}
        {{ column }}
    {%- else -%}
        {{ expression }} as {{ column }}
    {%- endif -%}
{%- endmacro %}

{# A condition more for rows that say a category: what has no successor is left out of labels, feedback and hints. #}
{% macro and_is_kept(expression) -%}
    {%- set map = var('category_successors') -%}
    {%- if map is mapping and map.values() | reject | list %}
        and coalesce({{ expression }} not in (
        {%- for name, successor in map.items() if not successor -%}
            {{ text_of(name) }}{{ ", " if not loop.last }}
        {%- endfor -%}
        ), true)
    {%- endif -%}
{%- endmacro %}

{# Every name that a mart may hold: the taxonomy's, and what suggestions of an earlier one said that has no successor. #}
{% macro known_categories() -%}
    {%- for name in var('taxonomy') + var('category_successors') | list | reject('in', var('taxonomy')) | list -%}
        {{ text_of(name) }}{{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# What was read through another map is read again: its marks are others. #}
{% macro taxonomy_mark() -%}
    {%- set map = var('category_successors') -%}
    {%- if map is mapping and map -%}@{{ local_md5(tojson(map, sort_keys=true)) }}{%- endif -%}
{%- endmacro %}

{% macro text_of(value) -%}
    '{{ value | replace("'", "''") }}'
{%- endmacro %}
