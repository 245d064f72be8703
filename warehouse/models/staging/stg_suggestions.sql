with source as (
    select * from {{ source('raw', 'suggestion_events') }}
),

-- The event's name ends in the partition and the offset of the record that it answers.
final as (
    select
        event_id,
        txn_id,
        user_id,
        category,
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
        split_part(event_id, '-', -2)::integer as input_partition,
        split_part(event_id, '-', -1)::bigint as input_offset,
        loaded_at
    from source
)

select * from final
