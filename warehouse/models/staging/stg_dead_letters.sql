with source as (
    select * from {{ source('raw', 'dead_letters') }}
),

final as (
    select
        source_topic_id,
        source_partition,
        source_offset,
        reason,
        origin_topic,
        origin_topic_id,
        origin_partition,
        origin_offset,
        worker_version,
        is_truncated,
        recorded_at,
        loaded_at
    from source
)

select * from final
