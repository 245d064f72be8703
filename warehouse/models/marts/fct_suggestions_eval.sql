with suggestions as (
    select * from {{ ref('stg_suggestions') }}
),

labels as (
    select * from {{ ref('int_settled_labels') }}
),

final as (
    select
        suggestions.event_id,
        suggestions.txn_id,
        suggestions.user_id,
        suggestions.suggested_at,
        suggestions.suggested_on,
        suggestions.arm,
        suggestions.served_source,
        suggestions.fallback_reason,
        suggestions.category,
        suggestions.confidence,
        suggestions.band,
        suggestions.model_version,
        suggestions.rules_version,
        suggestions.rollout_version,
        labels.label,
        labels.label_source,
        labels.label_stance,
        labels.label_observed_at,
        suggestions.category is not null as is_shown,
        coalesce(suggestions.category = labels.label, false) as is_correct,
        labels.label_stance = 'independent' as is_independent,
        suggestions.suggested_at <= {{ as_of() }} - interval '{{ var("label_maturity") }}' as is_mature
    from suggestions
    inner join labels on suggestions.txn_id = labels.txn_id and suggestions.user_id = labels.user_id
)

select * from final
