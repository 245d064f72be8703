with comparisons as (
    select * from {{ ref('stg_comparisons') }}
),

labels as (
    select * from {{ ref('int_settled_labels') }}
),

final as (
    select
        comparisons.event_id,
        comparisons.txn_id,
        comparisons.user_id,
        comparisons.arm,
        comparisons.bucket,
        comparisons.rules_answer ->> 'version' as rules_version,
        comparisons.rules_answer ->> 'category' as rules_category,
        comparisons.champion_answer ->> 'version' as champion_version,
        comparisons.champion_answer ->> 'category' as champion_category,
        (comparisons.champion_answer ->> 'confidence')::double precision as champion_confidence,
        comparisons.champion_answer ->> 'acceptance' as champion_acceptance,
        comparisons.challenger_answer ->> 'version' as challenger_version,
        comparisons.challenger_answer ->> 'category' as challenger_category,
        (comparisons.challenger_answer ->> 'confidence')::double precision as challenger_confidence,
        comparisons.challenger_answer ->> 'acceptance' as challenger_acceptance,
        comparisons.control_category,
        comparisons.canary_category,
        comparisons.outcome,
        comparisons.served_source,
        comparisons.rollout_version,
        comparisons.scored_in_us,
        comparisons.compared_at,
        (comparisons.compared_at at time zone 'UTC')::date as compared_on,
        labels.label,
        labels.label_source,
        labels.label_observed_at
    from comparisons
    left join labels on comparisons.txn_id = labels.txn_id
)

select * from final
