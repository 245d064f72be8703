with source as (
    select * from {{ source('raw', 'suggestion_compare') }}
),

final as (
    select
        event_id,
        txn_id,
        user_id,
        arm,
        bucket,
        jsonb_path_query_first(answers, '$[*] ? (@.role == "rules")') as rules_answer,
        jsonb_path_query_first(answers, '$[*] ? (@.role == "champion")') as champion_answer,
        jsonb_path_query_first(answers, '$[*] ? (@.role == "challenger")') as challenger_answer,
        control_category,
        canary_category,
        outcome,
        served_source,
        rollout_version,
        scored_in_us,
        compared_at,
        {{ day_of('compared_at') }} as compared_on,
        split_part(event_id, '-', -2)::integer as input_partition,
        split_part(event_id, '-', -1)::bigint as input_offset,
        loaded_at,
        landed_xid
    from source
)

select * from final
