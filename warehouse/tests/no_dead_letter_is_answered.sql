-- A record is answered by a suggestion or it is a dead letter, never both: suggestions = transactions - dead letters.
select suggestions.event_id
from {{ ref('stg_suggestions') }} as suggestions
inner join {{ ref('stg_dead_letters') }} as dead_letters
    on
        dead_letters.origin_topic = 'transactions'
        and suggestions.input_partition = dead_letters.origin_partition
        and suggestions.input_offset = dead_letters.origin_offset
        and raw.is_same_topic(suggestions.input_topic_id, dead_letters.origin_topic_id)
