with suggestions as (
    select * from {{ ref('stg_suggestions') }}
),

comparisons as (
    select * from {{ ref('fct_suggestion_compare') }}
    where raw.is_evidence(served_source)
),

latest_feedback as (
    select
        event_id,
        action
    from {{ ref('int_feedback') }}
    where is_latest_feedback
),

matured as (
    select
        event_id,
        label_source,
        is_correct,
        is_independent
    from {{ ref('fct_suggestions_eval') }}
    where is_mature and is_shown
),

-- A silent suggestion showed nothing that a user could have accepted.
counted as (
    select
        suggestions.suggested_on,
        suggestions.arm,
        suggestions.served_source,
        suggestions.category,
        suggestions.model_version,
        comparisons.challenger_version,
        suggestions.rules_version,
        suggestions.rollout_version,
        matured.label_source,
        count(*) as suggestions,
        count(suggestions.category) as shown,
        count(suggestions.fallback_reason) as fallbacks,
        count(*) filter (where {{ is_asked('comparisons.challenger_acceptance') }}) as asked,
        {% for acceptance in ['accepted', 'low_confidence', 'unavailable', 'error', 'timeout'] %}
            count(*) filter (where comparisons.challenger_acceptance = '{{ acceptance }}') as {{ acceptance }},
        {% endfor %}
        count(*) filter (where comparisons.outcome = 'agree') as agreeing,
        count(*) filter (where comparisons.outcome = 'disagree') as disagreeing,
        {% for action in ['accept', 'reject', 'correct'] %}
            count(*) filter (where suggestions.category is not null and latest_feedback.action = '{{ action }}')
                as user_{{ action }}s,
        {% endfor %}
        count(matured.event_id) as matured,
        count(*) filter (where matured.is_correct) as matured_correct,
        count(*) filter (where matured.is_independent) as independent,
        count(*) filter (where matured.is_independent and matured.is_correct) as independent_correct
    from suggestions
    left join comparisons on suggestions.event_id = comparisons.event_id
    left join latest_feedback on suggestions.event_id = latest_feedback.event_id
    left join matured on suggestions.event_id = matured.event_id
    group by
        suggestions.suggested_on,
        suggestions.arm,
        suggestions.served_source,
        suggestions.category,
        suggestions.model_version,
        comparisons.challenger_version,
        suggestions.rules_version,
        suggestions.rollout_version,
        matured.label_source
),

final as (
    select
        *,
        {{ share('accepted', 'asked') }} as coverage,
        {{ share('asked - accepted', 'asked') }} as fallback_rate,
        {{ share(failed_answers(), 'asked') }} as error_rate,
        {{ share('disagreeing', 'agreeing + disagreeing') }} as disagreement,
        {{ share('user_accepts', 'user_accepts + user_rejects + user_corrects') }} as user_acceptance,
        {{ share('matured_correct', 'matured') }} as precision_matured,
        {{ share('independent_correct', 'independent') }} as precision_independent
    from counted
)

select * from final
