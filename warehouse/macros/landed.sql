{# What a model that grows has read: everything that landed before its mark, of whatever age, is in it. The mark is taken
   before the rows are read and kept with them in the transaction that builds the model (warehouse/raw/045_landed.sql). #}
{% macro make_read_marks() -%}
    {%- if target.schema -%}
    create schema if not exists {{ schema_of('intermediate') }};
    {%- endif %}
    create table if not exists {{ read_marks() }} (
        model text primary key,
        mark bigint,
        next_mark bigint not null
    );
    delete from {{ read_marks() }} where substring(model from '@.*') is distinct from
        {{ "nullif('" ~ taxonomy_mark() ~ "', '')" }};
    comment on table {{ read_marks() }} is 'How far each incremental model has read what landed.';
    comment on column {{ read_marks() }}.model is 'Name of the model, and of the map of categories that it was read through.';
    comment on column {{ read_marks() }}.mark is
        'Database transaction number from which the next build reads on; null before the first build has ended.';
    comment on column {{ read_marks() }}.next_mark is 'The number that becomes the mark when the running build ends.'
{%- endmacro %}

{% macro read_marks() -%}
    {{ schema_of('intermediate') }}.read_marks
{%- endmacro %}

{% macro take_read_mark(model) -%}
    insert into {{ read_marks() }} (model, next_mark) values ('{{ model.name }}{{ taxonomy_mark() }}', raw.landed_before())
    on conflict (model) do update set next_mark = excluded.next_mark
{%- endmacro %}

{% macro keep_read_mark(model) -%}
    update {{ read_marks() }} set mark = next_mark where model = '{{ model.name }}{{ taxonomy_mark() }}'
{%- endmacro %}

{# Where the model that is built goes on: it reads what landed with this number or a later one. #}
{% macro read_mark() -%}
    raw.landed_since((select marks.mark from {{ read_marks() }} as marks where marks.model = '{{ this.name }}{{ taxonomy_mark() }}'))
{%- endmacro %}

{# After a run: until when each mart that it built holds what was known. #}
{% macro note_mart_builds(results) -%}
    {%- set built = [] -%}
    {%- for result in results or [] -%}
        {%- if result.node.resource_type == 'model' and result.node.schema == 'marts' and not target.schema and result.status == 'success' -%}
            {%- do built.append(result.node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if built -%}
        insert into rollout.mart_builds (mart, as_of)
        values
        {%- for name in built %}
            ('{{ name }}', {{ as_of() }}){{ "," if not loop.last }}
        {%- endfor %}
        on conflict (mart) do update set as_of = excluded.as_of, built_at = now()
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}
