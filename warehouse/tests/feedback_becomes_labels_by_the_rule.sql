-- Accept, correct and label become one label event each, of the category that they name; a rejection never does, and no
-- label event claims to come of a feedback that nobody gave, unless retention has removed one of the two.
select feedback.label_event_id
from {{ ref('stg_feedback') }} as feedback
left join {{ ref('stg_transaction_labels') }} as labels
    on
        feedback.label_event_id = labels.label_event_id
        and feedback.txn_id = labels.txn_id
        and feedback.user_id = labels.user_id
        and feedback.category = labels.label
        and feedback.label_source = labels.label_source
where
    feedback.action <> 'reject'
    and labels.label_event_id is null
    and feedback.loaded_at > erasure.whole_since()

union all

select labels.label_event_id
from {{ ref('stg_transaction_labels') }} as labels
left join {{ ref('stg_feedback') }} as feedback on labels.label_event_id = feedback.label_event_id
where
    starts_with(labels.label_event_id, 'feedback:')
    and (feedback.label_event_id is null or feedback.action = 'reject')
    and labels.loaded_at > erasure.whole_since()
