{{
    config(
        materialized='table',
        indexes=[{'columns': ['user_id', 'account_id', 'txn_id'], 'unique': true}],
        post_hook="{{ grant_select(this, 'ledgermind_judge', columns=['txn_id', 'description']) }}"
    )
}}

with source as (
    select * from {{ source('raw', 'transactions') }}
),

plausible as (
    select * from source
    where occurred_at <= {{ plausible_until() }}
),

-- A transaction is named by user, account and txn_id together, since banks number per account. It may come twice: the
-- record that was written last counts, and a deletion of any of them.
latest as (
    select distinct on (user_id, account_id, txn_id)
        *,
        bool_or(deleted_at is not null) over (partition by user_id, account_id, txn_id) as is_deleted
    from plausible
    order by user_id asc, account_id asc, txn_id asc, loaded_at desc, source_offset desc
),

final as (
    select
        txn_id,
        user_id,
        account_id,
        occurred_at,
        amount,
        currency,
        description,
        merchant,
        mcc,
        country,
        channel,
        origin,
        is_deleted,
        starts_with(user_id, '{{ var("demo_user_prefix") }}') as is_demo,
        source_topic,
        source_topic_id,
        source_partition,
        source_offset,
        loaded_at
    from latest
)

select * from final
