{{ config(indexes=[{'columns': ['label_event_id']}]) }}

with given as (
    select * from {{ ref('stg_feedback') }}
),

resolutions as (
    select * from {{ ref('int_feedback_resolutions') }}
),

-- With the account that it speaks of: none while that is not known, and none where it was refused.
feedback as (
    select
        given.user_id,
        given.feedback_id,
        given.label_event_id,
        given.txn_id,
        given.event_id,
        given.action,
        given.category,
        given.label_source,
        given.given_at,
        given.loaded_at,
        resolutions.account_id,
        coalesce(resolutions.resolution, 'waiting') as resolution
    from given
    left join resolutions on given.label_event_id = resolutions.label_event_id
),

suggestions as (
    select * from {{ ref('stg_suggestions') }}
),

-- The suggestion that it names; where it names none, the last one of its transaction before it. A label speaks of none.
referenced as (
    select distinct on (feedback.user_id, feedback.feedback_id)
        feedback.user_id,
        feedback.feedback_id,
        suggestions.event_id,
        suggestions.suggested_at,
        suggestions.arm,
        suggestions.served_source,
        suggestions.category as shown_category,
        suggestions.model_version
    from feedback
    inner join suggestions
        on
            feedback.user_id = suggestions.user_id
            and feedback.account_id = suggestions.account_id
            and feedback.txn_id = suggestions.txn_id
            and (
                feedback.event_id = suggestions.event_id
                or (feedback.event_id is null and feedback.given_at >= suggestions.suggested_at)
            )
    where feedback.action <> 'label'
    order by
        feedback.user_id asc,
        feedback.feedback_id asc,
        suggestions.suggested_at desc,
        suggestions.event_id desc
),

final as (
    select
        feedback.user_id,
        feedback.feedback_id,
        feedback.label_event_id,
        feedback.account_id,
        feedback.txn_id,
        feedback.resolution,
        feedback.action,
        feedback.category,
        feedback.label_source,
        feedback.given_at,
        referenced.event_id,
        referenced.suggested_at,
        referenced.arm,
        referenced.served_source,
        referenced.shown_category,
        referenced.model_version,
        referenced.event_id is not null
        and row_number() over (
            partition by referenced.event_id
            order by feedback.given_at desc, feedback.loaded_at desc, feedback.feedback_id desc
        ) = 1 as is_latest_feedback,
        feedback.action = 'accept'
        and referenced.event_id is not null
        and coalesce(feedback.category <> referenced.shown_category, true) as is_inconsistent
    from feedback
    left join referenced
        on feedback.user_id = referenced.user_id and feedback.feedback_id = referenced.feedback_id
)

select * from final
