with source as (
    select * from {{ source('raw', 'rejects') }}
),

final as (
    select
        source_topic,
        source_topic_id,
        source_partition,
        source_offset,
        reason,
        detail,
        recorded_at,
        loaded_at
    from source
    where landed_at is null
)

select * from final
