with source as (
    select * from {{ source('raw', 'transactions') }}
),

final as (
    select
        source_topic,
        source_topic_id,
        source_partition,
        source_offset,
        txn_id,
        user_id,
        account_id,
        occurred_at,
        loaded_at,
        'dated_in_future' as reason
    from source
    where occurred_at > {{ plausible_until() }}
)

select * from final
