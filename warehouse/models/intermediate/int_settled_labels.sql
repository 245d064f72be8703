{{ config(indexes=[{'columns': ['user_id', 'account_id', 'txn_id'], 'unique': true}]) }}

with history as (
    select
        *,
        min(valid_from) over (partition by user_id, account_id, txn_id) as first_observed_at
    from {{ ref('int_label_history') }}
),

final as (
    select
        txn_id,
        user_id,
        account_id,
        label,
        label_source,
        label_exposure,
        valid_from as label_observed_at,
        first_observed_at
    from history
    where valid_to is null
)

select * from final
