with source as (
    select * from {{ source('raw', 'suggestion_feedback') }}
),

-- A feedback that was sent twice is one feedback: the first counts.
final as (
    select distinct on (user_id, feedback_id)
        user_id,
        feedback_id,
        txn_id,
        event_id,
        action,
        category,
        source as label_source,
        given_at,
        loaded_at
    from source
    order by user_id asc, feedback_id asc, loaded_at asc, source_offset asc
)

select * from final
