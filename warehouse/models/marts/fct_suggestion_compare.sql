{{
    config(
        materialized='incremental',
        unique_key='event_id',
        incremental_strategy='delete+insert',
        on_schema_change='append_new_columns',
        indexes=[{'columns': ['event_id']}, {'columns': ['txn_id']}]
    )
}}

with comparisons as (
    select * from {{ ref('stg_comparisons') }}
),

labels as (
    select * from {{ ref('int_settled_labels') }}
),

{% if is_incremental() %}
    -- What has landed since the last build, late rows included, and whatever has another label by now.
    changed as (
        select event_id from comparisons
        where
            loaded_at >= (
                select coalesce(max(loaded_at), '-infinity') - interval '{{ var("lookback") }}' from {{ this }}
            )
        union distinct
        select known.event_id
        from {{ this }} as known
        left join labels on known.txn_id = labels.txn_id and known.user_id = labels.user_id
        where
            known.label is distinct from labels.label
            or known.label_source is distinct from labels.label_source
            or known.label_stance is distinct from labels.label_stance
            or known.label_observed_at is distinct from labels.label_observed_at
    ),
{% endif %}

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
        {{ day_of('comparisons.compared_at') }} as compared_on,
        labels.label,
        labels.label_source,
        labels.label_observed_at,
        labels.label_stance,
        comparisons.loaded_at
    from comparisons
    left join labels on comparisons.txn_id = labels.txn_id and comparisons.user_id = labels.user_id
    {% if is_incremental() %}
        where comparisons.event_id in (select changed.event_id from changed)
    {% endif %}
)

select * from final
