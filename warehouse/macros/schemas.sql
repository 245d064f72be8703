{# A model's schema is the one its folder names, without the target's prefix. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}

{# Lets a role read what was just built; where the role does not exist, whoever migrated could not make one. #}
{% macro grant_select(relations, role, columns=none) -%}
    do $$
    begin
        if exists (select from pg_roles where rolname = '{{ role }}') then
            grant select {% if columns %}({{ columns | join(', ') }}) {% endif %}on {{ relations }} to {{ role }};
        end if;
    end
    $$
{%- endmacro %}
