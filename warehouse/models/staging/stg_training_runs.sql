with source as (
    select * from {{ source('raw', 'ml_training_runs') }}
),

final as (
    select
        run_id,
        model_version,
        result,
        blocked_reason,
        as_of,
        started_at,
        finished_at,
        mart_fingerprint,
        f1_macro,
        ece,
        loaded_at
    from source
)

select * from final
