with source as (
    select * from {{ source('raw', 'suggestion_events') }}
),

redelivered as (
    select * from {{ ref('stg_redelivered_suggestions') }}
),

-- A suggestion that was delivered again is one suggestion.
delivered as (
    select
        source.*,
        {{ account_of('source') }} as of_account
    from source
    where not exists (
        select from redelivered
        where
            source.source_topic = redelivered.source_topic
            and source.source_topic_id = redelivered.source_topic_id
            and source.source_partition = redelivered.source_partition
            and source.source_offset = redelivered.source_offset
    )
),

-- The event's name ends in the partition and the offset of the record that it answers.
final as (
    select
        event_id,
        txn_id,
        user_id,
        of_account as account_id,
        {{ own_category('category', 'category') }},
        confidence,
        band,
        source as served_source,
        fallback_reason,
        arm,
        bucket,
        model_version,
        rules_version,
        taxonomy_version,
        rollout_version,
        suggested_at,
        {{ day_of('suggested_at') }} as suggested_on,
        raw.topic_id_of(event_id) as input_topic_id,
        split_part(event_id, '-', -2)::integer as input_partition,
        split_part(event_id, '-', -1)::bigint as input_offset,
        loaded_at
    from delivered
)

select * from final
