{# One end ('-' or '+') of the 95 % interval of a share of so many trials: Wilson, Probable Inference, 1927. #}
{% macro wilson(share, trials, end) -%}
    ({{ share }} + 1.9208 / nullif({{ trials }}, 0) {{ end }} 1.96 * sqrt(
        {{ share }} * (1 - {{ share }}) / nullif({{ trials }}, 0) + 0.9604 / (nullif({{ trials }}, 0)::double precision ^ 2)
    )) / (1 + 3.8416 / nullif({{ trials }}, 0))
{%- endmacro %}

{# One end ('-' or '+') of the 95 % interval of (better - worse) / all: Agresti and Min 2005, half a pair in each cell, as
   scorer/rollout/sequential_test.py has it. #}
{% macro paired_difference(better, worse, pairs, end) -%}
    greatest(-1, least(1,
        ({{ better }} - {{ worse }})::double precision / ({{ pairs }} + 2) {{ end }} 1.96 * sqrt(greatest(
            0,
            ({{ better }} + {{ worse }} + 1)::double precision / ({{ pairs }} + 2)
            - (({{ better }} - {{ worse }})::double precision / ({{ pairs }} + 2)) ^ 2
        ) / ({{ pairs }} + 2))
    ))
{%- endmacro %}
