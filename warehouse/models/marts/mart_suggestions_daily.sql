with suggestions as (
    select * from {{ ref('stg_suggestions') }}
),

evaluated as (
    select * from {{ ref('fct_suggestions_eval') }}
    where is_shown
),

final as (
    select
        suggestions.suggested_on,
        suggestions.arm,
        suggestions.served_source,
        evaluated.label_source,
        count(*) as suggestions,
        count(suggestions.category) as with_category,
        count(suggestions.fallback_reason) as fallbacks,
        count(evaluated.event_id) as labelled,
        count(*) filter (where evaluated.is_correct) as correct,
        count(*) filter (where evaluated.is_independent) as independent,
        count(*) filter (where evaluated.is_independent and evaluated.is_correct) as independent_correct,
        avg(suggestions.confidence) filter (where suggestions.category is not null) as mean_confidence
    from suggestions
    left join evaluated on suggestions.event_id = evaluated.event_id
    group by suggestions.suggested_on, suggestions.arm, suggestions.served_source, evaluated.label_source
)

select * from final
