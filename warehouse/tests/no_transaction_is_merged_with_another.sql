-- Whatever landed as a transaction of a user's account stands in staging as one: equal ids of two users, or of two
-- accounts, are two transactions. Rows that landed while or after staging was built are left to the next build.
select
    user_id,
    account_id,
    txn_id
from {{ source('raw', 'transactions') }}
where
    occurred_at <= {{ plausible_until() }}
    and loaded_at <= (select max(staged.loaded_at) from {{ ref('stg_transactions') }} as staged)
except
select
    user_id,
    account_id,
    txn_id
from {{ ref('stg_transactions') }}
