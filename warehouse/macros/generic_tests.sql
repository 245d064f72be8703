{# The value is one of the taxonomy's categories; null passes, not_null is its own test. #}
{% test in_taxonomy(model, column_name) %}
    select {{ column_name }}
    from {{ model }}
    where {{ column_name }} not in (
        {{- known_categories() -}}
    )
{% endtest %}

{# Nothing was known later than the end of the month that the row belongs to. #}
{% test not_after_month_end(model, column_name, month) %}
    select {{ month }}, {{ column_name }}
    from {{ model }}
    where {{ column_name }} >= (({{ month }} + interval '1 month') at time zone 'UTC')
{% endtest %}

{# Nothing is dated after as_of, but for the skew that clocks are allowed. #}
{% test not_in_future(model, column_name) %}
    select {{ column_name }}
    from {{ model }}
    where {{ column_name }} > {{ plausible_until() }}
{% endtest %}

{# This column is never later than another one. #}
{% test not_later_than(model, column_name, other) %}
    select {{ column_name }}, {{ other }}
    from {{ model }}
    where {{ column_name }} > {{ other }}
{% endtest %}

{# The columns together name one row. #}
{% test unique_together(model, columns) %}
    select {{ columns | join(', ') }}
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}

{# The columns together name a row of another relation. #}
{% test relationships_together(model, columns, to) %}
    select {{ columns | join(', ') }}
    from {{ model }} as child
    where not exists (
        select from {{ to }} as parent
        where
            {%- for column in columns %}
                child.{{ column }} = parent.{{ column }} {{ "and" if not loop.last }}
            {%- endfor %}
    )
{% endtest %}

{# The number lies between two bounds, both allowed. #}
{% test between(model, column_name, least, most) %}
    select {{ column_name }}
    from {{ model }}
    where not ({{ column_name }} between {{ least }} and {{ most }})
{% endtest %}

{# The array has this many elements. #}
{% test has_length(model, column_name, length) %}
    select {{ column_name }}
    from {{ model }}
    where cardinality({{ column_name }}) <> {{ length }}
{% endtest %}

{# The condition holds for every row. #}
{% test holds(model, condition) %}
    select *
    from {{ model }}
    where not coalesce({{ condition }}, false)
{% endtest %}

{# All rows hold the same value in this column. #}
{% test holds_one_value(model, column_name) %}
    select {{ column_name }}
    from (select distinct {{ column_name }} from {{ model }}) as found
    where (select count(distinct {{ column_name }}) from {{ model }}) > 1
{% endtest %}
