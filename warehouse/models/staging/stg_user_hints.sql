with source as (
    select * from {{ source('raw', 'user_hints') }}
),

-- The last record of a key counts; one without a wish takes the hint back.
latest as (
    select distinct on (user_id, merchant_key) * from source
    order by user_id asc, merchant_key asc, source_offset desc
),

final as (
    select
        user_id,
        merchant_key,
        wish,
        category,
        wished_at,
        loaded_at
    from latest
    where wish is not null
)

select * from final
