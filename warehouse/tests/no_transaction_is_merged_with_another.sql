-- Whatever landed as a transaction of a user's account stands in staging as one: equal ids of two users, or of two
-- accounts, are two transactions.
select
    user_id,
    account_id,
    txn_id
from {{ source('raw', 'transactions') }}
where occurred_at <= {{ believable_until() }}
except
select
    user_id,
    account_id,
    txn_id
from {{ ref('stg_transactions') }}
