{{ config(post_hook="{{ grant_select(this, 'ledgermind_judge') }}") }}

with source as (
    select * from {{ source('raw', 'suggestion_feedback') }}
),

-- A feedback that was sent twice is one feedback: the first counts. What was given later than as_of was not known then.
first_sent as (
    select distinct on (user_id, feedback_id) * from source
    where given_at <= {{ as_of() }}{{ and_is_kept('category') }}
    order by user_id asc, feedback_id asc, loaded_at asc, source_offset asc
),

final as (
    select
        user_id,
        feedback_id,
        {{ label_event_of('user_id', 'feedback_id') }} as label_event_id,
        txn_id,
        account_id,
        event_id,
        action,
        {{ own_category('category', 'category') }},
        source as label_source,
        given_at,
        loaded_at
    from first_sent
)

select * from final
