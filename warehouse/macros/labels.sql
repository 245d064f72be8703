{# How much a label's source weighs: a human more than a rule, a rule more than an import. #}
{% macro strength(source) -%}
    case {{ source }} when 'human' then 3 when 'rule' then 2 when 'import' then 1 end
{%- endmacro %}

{# The name of the label event that the landing makes of a feedback: no user can take another's name. #}
{% macro label_event_of(user_id, feedback_id) -%}
    'feedback:' || length({{ user_id }}) || ':' || {{ user_id }} || ':' || {{ feedback_id }}
{%- endmacro %}

{# How a settled label may be used for an answer: 'counts', or why it does not. The rule itself is a function of the
   database, so that the judge asks the very same one (warehouse/raw/070_label_use.sql). ``answers`` are pairs: which
   release answered, null for rules, and until when it was trained, null where that is not known. #}
{% macro label_use(made_at, labels, answers) -%}
    raw.label_use(
        {{ made_at }},
        {{ labels }}.first_observed_at,
        {{ labels }}.label_observed_at,
        array[
            {%- for model_version, trained_until in answers %}
                raw.cut_off_of({{ model_version }}, {{ trained_until }}){{ "," if not loop.last }}
            {%- endfor %}
        ]
    )
{%- endmacro %}

{# The release that a model's answer came of: null where the model was not asked, for then it said nothing. #}
{% macro asked_release(role) -%}
    case when coalesce({{ role }}_acceptance, '') <> 'not_asked' then {{ role }}_version end
{%- endmacro %}

{# A label that saw no suggestion, and that no rule gave: a rule's label says only that the rules agree with themselves. #}
{% macro is_independent(labels) -%}
    {{ labels }}.label_exposure = 'independent' and {{ labels }}.label_source <> 'rule'
{%- endmacro %}

{# A common table expression: comparisons, each with its settled label where that counts for what was compared, and in
   label_use why another one does not. Those that stand in the mart already keep what it says beside what it now is. #}
{% macro labelled_comparisons(comparisons, compared, labelled) -%}
    labelled_{{ comparisons }} as (
        select
            {% for column in compared %}
                {{ comparisons }}.{{ column }},
            {% endfor %}
            {% for column in labelled if column != 'label_use' %}
                case when found.label_use = 'counts' then labels.{{ column }} end as {{ column }},
            {% endfor %}
            {% for column in labelled if comparisons == 'known' %}
                known.{{ column }} as {{ column }}_before,
            {% endfor %}
            found.label_use
        from {{ comparisons }}
        left join labels
            on
                {{ comparisons }}.user_id = labels.user_id
                and {{ comparisons }}.account_id = labels.account_id
                and {{ comparisons }}.txn_id = labels.txn_id
        left join cut_offs as champion on {{ comparisons }}.champion_version = champion.model_version
        left join cut_offs as challenger on {{ comparisons }}.challenger_version = challenger.model_version
        cross join lateral (
            select
                {{ label_use(comparisons ~ '.compared_at', 'labels', [
                    (asked_release(comparisons ~ '.champion'), 'champion.trained_until'),
                    (asked_release(comparisons ~ '.challenger'), 'challenger.trained_until')
                ]) }} as label_use
        ) as found
    )
{%- endmacro %}
