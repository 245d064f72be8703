-- The other way round: whatever was answered was a record of the topic, and has landed as a transaction or a reject, up
-- to where the transactions of its partition have landed. Retention may have removed one of the two before the other.
with answers as (
    select
        input_topic_id,
        input_partition,
        input_offset,
        loaded_at
    from {{ ref('stg_suggestions') }}
    union all
    select
        origin_topic_id as input_topic_id,
        origin_partition as input_partition,
        origin_offset as input_offset,
        loaded_at
    from {{ ref('stg_dead_letters') }}
    where origin_topic = 'transactions'
)

select
    answers.input_partition,
    answers.input_offset
from answers
inner join {{ source('raw', 'landing_positions') }} as positions
    on
        positions.topic = 'transactions'
        and raw.is_same_topic(answers.input_topic_id, positions.topic_id)
        and answers.input_partition = positions.partition
        and answers.input_offset < positions.next
left join {{ source('raw', 'transactions') }} as transactions
    on
        transactions.source_topic = 'transactions'
        and raw.is_same_topic(answers.input_topic_id, transactions.source_topic_id)
        and answers.input_partition = transactions.source_partition
        and answers.input_offset = transactions.source_offset
left join {{ ref('stg_rejects') }} as rejects
    on
        rejects.source_topic = 'transactions'
        and raw.is_same_topic(answers.input_topic_id, rejects.source_topic_id)
        and answers.input_partition = rejects.source_partition
        and answers.input_offset = rejects.source_offset
where
    transactions.source_offset is null
    and rejects.source_offset is null
    and answers.loaded_at > erasure.whole_since()
