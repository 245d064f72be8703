-- Every record of the topic is answered by one suggestion or one dead letter: at once where later records of its
-- partition are answered already, and in any case within the time that is allowed, also where no worker has run. One
-- that could not land as a transaction is answered, too. Imported rows never were on the topic. Retention may have
-- removed an answer before its record.
with answered_until as (
    select
        input_topic_id,
        input_partition,
        max(input_offset) as input_offset
    from {{ ref('stg_suggestions') }}
    group by input_topic_id, input_partition
),

records as (
    select
        source_topic,
        source_topic_id,
        source_partition,
        source_offset,
        loaded_at
    from {{ source('raw', 'transactions') }}
    where origin = 'stream'
    union all
    select
        source_topic,
        source_topic_id,
        source_partition,
        source_offset,
        loaded_at
    from {{ ref('stg_rejects') }}
    where source_topic = 'transactions'
)

select
    records.source_partition,
    records.source_offset,
    records.loaded_at
from records
left join answered_until
    on
        records.source_partition = answered_until.input_partition
        and raw.is_same_topic(records.source_topic_id, answered_until.input_topic_id)
left join {{ ref('stg_suggestions') }} as suggestions
    on
        records.source_partition = suggestions.input_partition
        and records.source_offset = suggestions.input_offset
        and raw.is_same_topic(records.source_topic_id, suggestions.input_topic_id)
left join {{ ref('stg_dead_letters') }} as dead_letters
    on
        records.source_topic = dead_letters.origin_topic
        and records.source_partition = dead_letters.origin_partition
        and records.source_offset = dead_letters.origin_offset
        and raw.is_same_topic(records.source_topic_id, dead_letters.origin_topic_id)
where
    suggestions.event_id is null
    and dead_letters.origin_offset is null
    and records.loaded_at > erasure.whole_since()
    and (
        records.source_offset <= answered_until.input_offset
        or records.loaded_at <= {{ as_of() }} - interval '{{ var("answered_within") }}'
    )
