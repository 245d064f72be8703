{# The records of a topic that repeat an event which had landed before: the same event_id at another offset. The hash
   makes the search for them narrow enough for memory; what shares a hash only is told apart by the name. #}
{% macro redelivered(events) -%}
    select
        source_topic,
        source_topic_id,
        source_partition,
        source_offset,
        event_id
    from (
        select
            source_topic,
            source_topic_id,
            source_partition,
            source_offset,
            event_id,
            row_number() over (
                partition by event_id
                order by loaded_at asc, source_topic asc, source_topic_id asc, source_partition asc, source_offset asc
            ) as delivery
        from {{ events }}
        where hashtextextended(event_id, 0) in (
            select hashtextextended(event_id, 0) as hashed
            from {{ events }}
            group by hashed
            having count(*) > 1
        )
    ) as deliveries
    where delivery > 1
{%- endmacro %}

{# The account of an event: the one that it names; in events of workers that named none, that of the record which it
   answers. The record is looked up for those alone. #}
{% macro account_of(event) -%}
    coalesce({{ event }}.account_id, (
        select record.account_id
        from {{ source('raw', 'transactions') }} as record
        where
            record.source_topic = 'transactions'
            and record.source_partition = split_part({{ event }}.event_id, '-', -2)::integer
            and record.source_offset = split_part({{ event }}.event_id, '-', -1)::bigint
            and raw.is_same_topic(record.source_topic_id, raw.topic_id_of({{ event }}.event_id))
            and record.user_id = {{ event }}.user_id
            and record.txn_id = {{ event }}.txn_id
    ))
{%- endmacro %}
