{# A model's schema is the one its folder names, without the target's prefix. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}

{# The trainer reads marts; where the role does not exist, whoever migrated could not make one. #}
{% macro grant_marts() -%}
    do $$
    begin
        if exists (select from pg_roles where rolname = 'ledgermind_trainer') then
            grant select on all tables in schema marts to ledgermind_trainer;
        end if;
    end
    $$
{%- endmacro %}
