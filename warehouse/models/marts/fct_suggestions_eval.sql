with suggestions as (
    select * from {{ ref('stg_suggestions') }}
),

labels as (
    select * from {{ ref('int_settled_labels') }}
),

cut_offs as (
    select * from {{ ref('stg_release_cut_offs') }}
),

-- Only labels that count: given after the suggestion, and not learned by the release that made it.
-- What a hint serves is evidence for neither arm.
final as (
    select
        suggestions.event_id,
        suggestions.txn_id,
        suggestions.user_id,
        suggestions.account_id,
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
        labels.label_exposure,
        labels.label_observed_at,
        suggestions.category is not null as is_shown,
        coalesce(suggestions.category = labels.label, false) as is_correct,
        {{ is_independent('labels') }} as is_independent,
        suggestions.suggested_at <= {{ as_of() }} - interval '{{ var("label_maturity") }}' as is_mature
    from suggestions
    inner join labels
        on
            suggestions.user_id = labels.user_id
            and suggestions.account_id = labels.account_id
            and suggestions.txn_id = labels.txn_id
    left join cut_offs on suggestions.model_version = cut_offs.model_version
    where
        raw.is_evidence(suggestions.served_source)
        and {{ label_use(
            'suggestions.suggested_at', 'labels', [('suggestions.model_version', 'cut_offs.trained_until')]
        ) }} = 'counts'
)

select * from final
