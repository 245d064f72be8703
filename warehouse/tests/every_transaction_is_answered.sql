-- Every record of the topic is answered by one suggestion or one dead letter, up to where the suggestions of its
-- partition have landed. Imported rows never were on the topic.
with answered_until as (
    select
        input_partition,
        max(input_offset) as input_offset
    from {{ ref('stg_suggestions') }}
    group by input_partition
)

select
    transactions.source_partition,
    transactions.source_offset
from {{ source('raw', 'transactions') }} as transactions
inner join answered_until
    on
        transactions.source_partition = answered_until.input_partition
        and transactions.source_offset <= answered_until.input_offset
left join {{ ref('stg_suggestions') }} as suggestions
    on
        transactions.source_partition = suggestions.input_partition
        and transactions.source_offset = suggestions.input_offset
left join {{ ref('stg_dead_letters') }} as dead_letters
    on
        transactions.source_topic = dead_letters.origin_topic
        and transactions.source_partition = dead_letters.origin_partition
        and transactions.source_offset = dead_letters.origin_offset
where
    transactions.origin = 'stream'
    and suggestions.event_id is null
    and dead_letters.origin_offset is null
