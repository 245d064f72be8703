-- An accept says that what was shown is right: one that names another category is no label to learn from.
select training.txn_id
from {{ ref('fct_training_view') }} as training
inner join {{ ref('int_feedback') }} as feedback
    on
        training.user_id = feedback.user_id
        and training.account_id = feedback.account_id
        and training.txn_id = feedback.txn_id
        and training.label = feedback.category
        and training.label_observed_at = feedback.given_at
where feedback.is_inconsistent and training.label_exposure = 'accept'
