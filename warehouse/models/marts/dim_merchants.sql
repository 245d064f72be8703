with history as (
    select * from {{ ref('int_label_history') }}
),

features as (
    select * from {{ ref('stg_ml_features') }}
    where merchant_key <> ''
),

-- A label counts from the month after the one in which it became known, until the month after it was replaced.
changes as (
    select
        features.merchant_key,
        history.label as category,
        {{ month_of('history.valid_from') }} as known_in,
        history.valid_from as observed_at,
        1 as change
    from history
    inner join features
        on
            history.user_id = features.user_id
            and history.account_id = features.account_id
            and history.txn_id = features.txn_id
    union all
    select
        features.merchant_key,
        history.label as category,
        {{ month_of('history.valid_to') }} as known_in,
        history.valid_to as observed_at,
        -1 as change
    from history
    inner join features
        on
            history.user_id = features.user_id
            and history.account_id = features.account_id
            and history.txn_id = features.txn_id
    where history.valid_to is not null
),

of_months as (
    select
        merchant_key,
        category,
        (known_in + interval '1 month')::date as as_of_month,
        sum(change) as change,
        max(observed_at) as last_observed_at
    from changes
    where (known_in + interval '1 month')::date <= {{ month_of(as_of()) }}
    group by merchant_key, category, as_of_month
),

-- Every category that a merchant ever had, in every month in which any of them changed.
merchant_months as (
    select
        merchant_key,
        as_of_month,
        max(last_observed_at) as last_observed_at
    from of_months
    group by merchant_key, as_of_month
),

merchant_categories as (
    select distinct
        merchant_key,
        category
    from of_months
),

cumulated as (
    select
        merchant_months.merchant_key,
        merchant_categories.category,
        merchant_months.as_of_month,
        sum(coalesce(of_months.change, 0)) over (
            partition by merchant_months.merchant_key, merchant_categories.category
            order by merchant_months.as_of_month
        ) as support,
        max(merchant_months.last_observed_at) over (
            partition by merchant_months.merchant_key
            order by merchant_months.as_of_month
        ) as last_label_observed_at
    from merchant_months
    inner join merchant_categories
        on merchant_months.merchant_key = merchant_categories.merchant_key
    left join of_months
        on
            merchant_months.merchant_key = of_months.merchant_key
            and merchant_months.as_of_month = of_months.as_of_month
            and merchant_categories.category = of_months.category
),

totalled as (
    select
        *,
        sum(support) over (partition by merchant_key, as_of_month) as merchant_support
    from cumulated
),

final as (
    select
        merchant_key,
        category,
        as_of_month,
        support::integer as support,
        merchant_support::integer as merchant_support,
        (support / merchant_support)::real as prior,
        case
            when merchant_support >= 20 then 'high'
            when merchant_support >= 5 then 'medium'
            else 'low'
        end as confidence_level,
        last_label_observed_at
    from totalled
    where support > 0
)

select * from final
