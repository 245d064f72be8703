{# The rollout's denominators: scorer/rollout/rates.py is their definition, and a test holds these against it. Where nothing was
   asked there is no rate: null, never zero. #}

{% macro share(part, whole) -%}
    ({{ part }})::double precision / nullif({{ whole }}, 0)
{%- endmacro %}

{# What the canary's model was asked: whatever it answered, and where it could not. #}
{% macro is_asked(acceptance) -%}
    {{ acceptance }} in ('accepted', 'low_confidence', 'unavailable', 'error', 'timeout')
{%- endmacro %}

{# Where it was not well, from counts by its answers: the errors of an arm, of what that arm's model was asked. #}
{% macro failed_answers() -%}
    unavailable + error + timeout
{%- endmacro %}
