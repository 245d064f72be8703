{# The time that counts as now, as a timestamptz: nothing in this project asks the database's clock. `ledgermind warehouse`
   gives it as an environment variable and not as a var, and no parse reads it: dbt parses every file again where a var
   has changed, and every file that a changed environment variable was read for. #}
{% macro as_of() -%}
    '{{ var("as_of") or (execute and env_var("WAREHOUSE_AS_OF", "")) or run_started_at.isoformat() }}'::timestamptz
{%- endmacro %}

{# The latest time that a record may carry and still be believed. #}
{% macro plausible_until() -%}
    ({{ as_of() }} + interval '{{ var("clock_skew") }}')
{%- endmacro %}

{# The first day of the month of a point in time, in UTC, as a date. #}
{% macro month_of(instant) -%}
    date_trunc('month', {{ instant }} at time zone 'UTC')::date
{%- endmacro %}

{# The latest time that a row may say it was loaded at and still be believed: rows of an old as_of were loaded after it. #}
{% macro loaded_until() -%}
    (greatest({{ as_of() }}, '{{ run_started_at.isoformat() }}'::timestamptz) + interval '{{ var("clock_skew") }}')
{%- endmacro %}

{# Freshness is measured against as_of, so that old data can be used and runs repeat. Rows that are dated in the future,
   by either time, say nothing. #}
{% macro default__collect_freshness(source, loaded_at_field, filter) %}
    {% call statement('collect_freshness', fetch_result=True, auto_begin=False) -%}
        select
            max({{ loaded_at_field }}) as max_loaded_at,
            {{ as_of() }} as snapshotted_at
        from {{ source }}
        where {{ filter or 'true' }}
        and {{ loaded_at_field }} <= {{ loaded_until() if loaded_at_field == 'loaded_at' else plausible_until() }}
    {% endcall %}
    {{ return(load_result('collect_freshness')) }}
{% endmacro %}

{# The day of a point in time, in UTC, as a date. #}
{% macro day_of(instant) -%}
    ({{ instant }} at time zone 'UTC')::date
{%- endmacro %}
