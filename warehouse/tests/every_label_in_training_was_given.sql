-- The mart's label is an event that was observed by the time that the mart says: no label is made up or dated back.
select training.txn_id
from {{ ref('fct_training_view') }} as training
left join (
    select
        labels.*,
        coalesce(resolutions.account_id, labels.account_id) as of_account
    from {{ ref('stg_transaction_labels') }} as labels
    left join {{ ref('int_feedback_resolutions') }} as resolutions
        on labels.label_event_id = resolutions.label_event_id
) as labels
    on
        training.user_id = labels.user_id
        and training.account_id = labels.of_account
        and training.txn_id = labels.txn_id
        and training.label = labels.label
        and training.label_source = labels.label_source
        and training.label_observed_at >= labels.observed_at
where labels.txn_id is null
