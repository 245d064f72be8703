with labels as (
    select * from {{ ref('int_settled_labels') }}
),

transactions as (
    select * from {{ ref('stg_transactions') }}
),

features as (
    select * from {{ ref('stg_ml_features') }}
),

priors as (
    select * from {{ ref('int_merchant_priors') }}
),

-- Features of another time than the transaction's are of a record that was replaced: it waits for the features job.
labelled as (
    select
        transactions.txn_id,
        transactions.user_id,
        transactions.account_id,
        transactions.occurred_at,
        transactions.amount,
        transactions.currency,
        transactions.description,
        transactions.mcc,
        transactions.country,
        transactions.channel,
        labels.label,
        labels.label_source,
        labels.label_exposure,
        labels.label_observed_at,
        features.feature_version,
        features.norm_desc,
        features.merchant_key,
        features.written,
        features.numeric,
        features.occurred_at as row_features_as_of,
        {{ month_of('transactions.occurred_at') }} as occurred_in
    from labels
    inner join transactions
        on
            labels.user_id = transactions.user_id
            and labels.account_id = transactions.account_id
            and labels.txn_id = transactions.txn_id
    inner join features
        on
            transactions.user_id = features.user_id
            and transactions.account_id = features.account_id
            and transactions.txn_id = features.txn_id
            and transactions.occurred_at = features.occurred_at
),

-- The prior as of the month in which the transaction happened: no label of that month or later is in it.
final as (
    select
        labelled.txn_id,
        labelled.user_id,
        labelled.account_id,
        labelled.occurred_at,
        greatest(labelled.occurred_in, {{ month_of('labelled.label_observed_at') }}) as ts_month,
        labelled.label,
        labelled.label_source,
        labelled.label_exposure,
        labelled.label_observed_at,
        greatest(labelled.row_features_as_of, known.last_label_observed_at) as features_as_of,
        labelled.feature_version,
        labelled.norm_desc,
        labelled.merchant_key,
        labelled.written,
        labelled.numeric,
        coalesce(
            known.merchant_prior, array_fill(0::real, array[{{ var('taxonomy') | length }}])
        ) as merchant_prior,
        coalesce(known.merchant_support, 0) as merchant_support,
        labelled.amount,
        labelled.currency,
        labelled.description,
        labelled.mcc,
        labelled.country,
        labelled.channel
    from labelled
    left join lateral (
        select
            priors.merchant_prior,
            priors.merchant_support,
            priors.last_label_observed_at
        from priors
        where
            priors.merchant_key = labelled.merchant_key
            and priors.as_of_month <= labelled.occurred_in
        order by priors.as_of_month desc
        limit 1
    ) as known on true
)

select * from final
