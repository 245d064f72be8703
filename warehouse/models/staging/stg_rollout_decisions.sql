with source as (
    -- A topic id with @ names records that their topic has lost (docs/RECOVERY.md).
    select * from {{ source('raw', 'rollout_decisions') }}
    where source_topic_id !~ '@'
),

final as (
    select
        version,
        percent,
        shadow,
        (record ->> 'shadow_percent')::numeric(5, 2) as shadow_percent,
        control_model_version,
        canary_model_version,
        (record -> 'overrides')::text as overrides,
        record ->> 'overrides_hash' as overrides_hash,
        actor,
        reason,
        verdict,
        record -> 'evidence' ->> 'policy' as policy,
        (record -> 'evidence' -> 'reasons')::text as verdict_reasons,
        record -> 'act' ->> 'kind' as act,
        record ->> 'prev_hash' as prev_hash,
        record ->> 'hash' as hash,
        decided_at,
        loaded_at
    from source
)

select * from final
