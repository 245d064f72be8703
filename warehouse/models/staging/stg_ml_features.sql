-- Read twice, and not materialised: the newest version comes from an index, and nothing is written to disk.
with source as not materialized (
    select * from {{ source('raw', 'ml_features') }}
),

-- One version only: the one that was written last.
newest as (
    select feature_version from source
    order by loaded_at desc, feature_version desc
    limit 1
),

final as (
    select
        source.user_id,
        source.account_id,
        source.txn_id,
        source.feature_version,
        source.occurred_at,
        source.norm_desc,
        source.merchant_key,
        source.written,
        source.numeric,
        source.loaded_at
    from source
    inner join newest on source.feature_version = newest.feature_version
)

select * from final
