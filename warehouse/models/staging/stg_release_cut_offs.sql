with source as (
    select * from {{ source('raw', 'release_cut_offs') }}
),

final as (
    select
        model_version,
        trained_until
    from source
)

select * from final
