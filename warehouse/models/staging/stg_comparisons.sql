with source as (
    select * from {{ source('raw', 'suggestion_compare') }}
),

redelivered as (
    select * from {{ ref('stg_redelivered_comparisons') }}
),

-- A comparison that was delivered again is one comparison.
delivered as (
    select
        source.*,
        {{ account_of('source') }} as of_account
    from source
    where not exists (
        select from redelivered
        where
            source.source_topic = redelivered.source_topic
            and source.source_topic_id = redelivered.source_topic_id
            and source.source_partition = redelivered.source_partition
            and source.source_offset = redelivered.source_offset
    )
),

final as (
    select
        event_id,
        txn_id,
        user_id,
        of_account as account_id,
        arm,
        bucket,
        jsonb_path_query_first(answers, '$[*] ? (@.role == "rules")') as rules_answer,
        jsonb_path_query_first(answers, '$[*] ? (@.role == "champion")') as champion_answer,
        jsonb_path_query_first(answers, '$[*] ? (@.role == "challenger")') as challenger_answer,
        {{ own_category('control_category', 'control_category') }},
        {{ own_category('canary_category', 'canary_category') }},
        outcome,
        served_source,
        rollout_version,
        scored_in_us,
        compared_at,
        {{ day_of('compared_at') }} as compared_on,
        raw.topic_id_of(event_id) as input_topic_id,
        split_part(event_id, '-', -2)::integer as input_partition,
        split_part(event_id, '-', -1)::bigint as input_offset,
        loaded_at,
        landed_xid
    from delivered
)

select * from final
