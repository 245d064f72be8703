{# Where a model is built: `ledgermind warehouse` runs dbt with a profile that has no schema, and builds staging,
   intermediate and marts, which the programs read. Every other profile has one, and builds <schema>_staging and so on. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ schema_of(custom_schema_name) }}
{%- endmacro %}

{% macro schema_of(folder) -%}
    {{ [target.schema, folder] | select | join('_') }}
{%- endmacro %}

{# Lets a role read what was just built; where the role does not exist, whoever migrated could not make one. What a
   developer builds is nobody else's. #}
{% macro grant_select(relations, role, columns=none) -%}
    {%- if target.schema -%}
    select 1
    {%- else -%}
    do $$
    begin
        if exists (select from pg_roles where rolname = '{{ role }}') then
            grant select {% if columns %}({{ columns | join(', ') }}) {% endif %}on {{ relations }} to {{ role }};
        end if;
    end
    $$
    {%- endif -%}
{%- endmacro %}
