with suggestions as (
    select * from {{ ref('stg_suggestions') }}
),

labels as (
    select * from {{ ref('int_settled_labels') }}
),

final as (
    select
        suggestions.suggested_on,
        suggestions.arm,
        suggestions.served_source,
        count(*) as suggestions,
        count(suggestions.category) as with_category,
        count(suggestions.fallback_reason) as fallbacks,
        count(labels.label) filter (where suggestions.category is not null) as labelled,
        count(*) filter (where suggestions.category = labels.label) as correct,
        avg(suggestions.confidence) filter (where suggestions.category is not null) as mean_confidence
    from suggestions
    left join labels on suggestions.txn_id = labels.txn_id and suggestions.user_id = labels.user_id
    group by suggestions.suggested_on, suggestions.arm, suggestions.served_source
)

select * from final
