with source as (
    select * from {{ source('raw', 'transaction_labels') }}
),

-- What was observed later than as_of was not known then, nor was a label taken back that was taken back later.
final as (
    select
        label_event_id,
        txn_id,
        user_id,
        account_id,
        {{ own_category('label', 'label') }},
        source as label_source,
        {{ strength('source') }} as strength,
        observed_at,
        case when superseded_at <= {{ as_of() }} then superseded_at end as superseded_at,
        loaded_at
    from source
    where observed_at <= {{ as_of() }}{{ and_is_kept('label') }}
)

select * from final
