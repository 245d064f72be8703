{{ config(indexes=[{'columns': ['txn_id'], 'unique': true}]) }}

with history as (
    select * from {{ ref('int_label_history') }}
),

final as (
    select
        txn_id,
        user_id,
        label,
        label_source,
        label_stance,
        valid_from as label_observed_at
    from history
    where valid_to is null
)

select * from final
