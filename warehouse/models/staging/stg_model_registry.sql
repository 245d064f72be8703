with source as (
    select * from {{ source('raw', 'model_registry') }}
),

final as (
    select
        model_version,
        status,
        taxonomy_version,
        feature_version,
        trained_at,
        status_at,
        loaded_at
    from source
)

select * from final
