-- The mart's label is word for word an event that was observed at that very time: no label is made up on the way.
select training.txn_id
from {{ ref('fct_training_view') }} as training
left join {{ ref('stg_transaction_labels') }} as labels
    on
        training.txn_id = labels.txn_id
        and training.user_id = labels.user_id
        and training.label = labels.label
        and training.label_source = labels.label_source
        and training.label_observed_at = labels.observed_at
where labels.txn_id is null
