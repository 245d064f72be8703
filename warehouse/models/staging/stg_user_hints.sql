with source as (
    -- A topic id with @ names records that their topic has lost (docs/RECOVERY.md).
    select * from {{ source('raw', 'user_hints') }}
    where source_topic_id !~ '@'
),

-- Offsets begin anew where the topic is made again: the topic that landed later counts.
of_topics as (
    select
        *,
        min(loaded_at) over (partition by source_topic_id) as topic_since
    from source
),

-- The last record of a key counts; one without a preference takes the hint back.
latest as (
    select distinct on (user_id, merchant_key) * from of_topics
    order by user_id asc, merchant_key asc, topic_since desc, source_offset desc
),

final as (
    select
        user_id,
        merchant_key,
        preference,
        {{ own_category('category', 'category') }},
        created_at,
        loaded_at
    from latest
    where preference is not null{{ and_is_kept('category') }}
)

select * from final
