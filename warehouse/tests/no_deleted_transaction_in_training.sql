-- A transaction that was deleted after the mart was built must not be trained on either.
select training.txn_id
from {{ ref('fct_training_view') }} as training
inner join {{ source('raw', 'transactions') }} as transactions
    on
        training.user_id = transactions.user_id
        and training.account_id = transactions.account_id
        and training.txn_id = transactions.txn_id
where transactions.deleted_at is not null
