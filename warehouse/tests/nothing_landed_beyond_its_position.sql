-- Rows and positions move together: a row at or beyond the offset that the landing reads next would land twice.
{% set tables = [
    'transactions', 'suggestion_events', 'suggestion_compare', 'dead_letters', 'suggestion_feedback',
    'rollout_decisions', 'user_hints', 'rejects'
] %}
with landed as (
    {% for table in tables %}
        select
            source_topic,
            source_topic_id,
            source_partition,
            max(source_offset) as source_offset
        from {{ source('raw', table) }}
        group by source_topic, source_topic_id, source_partition
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    landed.source_topic,
    landed.source_partition,
    landed.source_offset
from landed
inner join {{ source('raw', 'landing_positions') }} as positions
    on
        landed.source_topic = positions.topic
        and raw.is_same_topic(landed.source_topic_id, positions.topic_id)
        and landed.source_partition = positions.partition
where landed.source_offset >= positions.next
