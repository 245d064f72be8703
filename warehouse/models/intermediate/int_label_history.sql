{{ config(indexes=[{'columns': ['user_id', 'account_id', 'txn_id']}]) }}

with given as (
    select * from {{ ref('stg_transaction_labels') }}
),

resolutions as (
    select * from {{ ref('int_feedback_resolutions') }}
),

feedback as (
    select * from {{ ref('int_feedback') }}
),

-- Each with the account that it speaks of; where that is not known yet, or was refused, it labels nothing. An accept
-- counts with the category that was shown: one that names another is none. Both are looked up by the label's own id
-- and kept, before transactions are joined: how many rows that join finds is beyond what the planner can guess.
labels as materialized (
    select
        given.label_event_id,
        given.user_id,
        given.txn_id,
        given.label,
        given.label_source,
        given.strength,
        given.observed_at,
        given.superseded_at,
        case when resolutions.label_event_id is null then given.account_id else resolutions.account_id end
            as account_id,
        case feedback.action when 'accept' then 'accept' when 'correct' then 'correct' else 'independent' end
            as label_exposure
    from given
    left join resolutions on given.label_event_id = resolutions.label_event_id
    left join feedback on given.label_event_id = feedback.label_event_id
    where not coalesce(feedback.is_inconsistent, false)
),

transactions as (
    select * from {{ ref('stg_transactions') }}
    where not is_demo and not is_deleted and amount <> 0
),

-- A label counts for its own user's transaction only, and not where it claims to be older than what it labels.
of_transactions as (
    select labels.*
    from labels
    inner join transactions
        on
            labels.user_id = transactions.user_id
            and labels.account_id = transactions.account_id
            and labels.txn_id = transactions.txn_id
    where labels.observed_at >= transactions.occurred_at
),

compared as (
    select
        *,
        max(strength) over (
            partition by user_id, account_id, txn_id
            order by observed_at asc, strength asc, label_event_id asc
            rows between unbounded preceding and 1 preceding
        ) as strongest_before
    from of_transactions
),

-- A weaker source never replaces a stronger one's word; between equals the later one counts.
effective_labels as (
    select * from compared
    where strength >= coalesce(strongest_before, 0)
),

final as (
    select
        label_event_id,
        txn_id,
        user_id,
        account_id,
        label,
        label_source,
        label_exposure,
        observed_at as valid_from,
        least(
            superseded_at,
            lead(observed_at) over (
                partition by user_id, account_id, txn_id
                order by observed_at asc, strength asc, label_event_id asc
            )
        ) as valid_to
    from effective_labels
)

select * from final
