-- The mart's label is an event that was observed by the time that the mart says: no label is made up or dated back.
select training.txn_id
from {{ ref('fct_training_view') }} as training
left join {{ ref('stg_transaction_labels') }} as labels
    on
        training.txn_id = labels.txn_id
        and training.user_id = labels.user_id
        and training.label = labels.label
        and training.label_source = labels.label_source
        and training.label_observed_at >= labels.observed_at
where labels.txn_id is null
