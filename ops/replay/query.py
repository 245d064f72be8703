"""Query: what a replay reads of the raw tables."""

from typing import Final

from ops.warehouse.raw_transaction import FIELDS

# Events carry their record's own timestamp, so one window fits all three tables. The outer join shows what only one
# side has; an event whose record lies outside the window was delivered again, later. Landing does not keep an event's
# schema version: the code's own stands in for it.
WINDOW: Final = f"""
with transactions as (
    select *, source_partition || '-' || source_offset as address
    from raw.transactions
    where origin = 'stream' and source_topic = %(topic)s
        and (%(since)s::timestamptz is null or recorded_at >= %(since)s)
        and (%(until)s::timestamptz is null or recorded_at < %(until)s)
),
suggestions as (
    select substring(event_id from '[0-9]+-[0-9]+$') as address, raw.topic_id_of(event_id) as topic_id,
        row_to_json(event)::text as event
    from (select *, %(suggestion_version)s::text as schema_version from raw.suggestion_events) as event
    where (%(since)s::timestamptz is null or recorded_at >= %(since)s)
        and (%(until)s::timestamptz is null or recorded_at < %(until)s)
),
comparisons as (
    select substring(event_id from '[0-9]+-[0-9]+$') as address, raw.topic_id_of(event_id) as topic_id,
        row_to_json(event)::text as event
    from (select *, %(comparison_version)s::text as schema_version from raw.suggestion_compare) as event
    where (%(since)s::timestamptz is null or recorded_at >= %(since)s)
        and (%(until)s::timestamptz is null or recorded_at < %(until)s)
),
dead_letters as (
    select distinct origin_partition || '-' || origin_offset as address, origin_topic_id as topic_id
    from raw.dead_letters
    where origin_topic = %(topic)s
)
select
    transactions.source_topic_id,
    transactions.source_partition,
    transactions.source_offset,
    (extract(epoch from transactions.recorded_at) * 1000)::bigint,
{FIELDS},
    transactions.deleted_at is not null,
    dead_letters.address is not null,
    suggestions.event,
    comparisons.event
from transactions
full join suggestions on transactions.address = suggestions.address
    and raw.is_same_topic(transactions.source_topic_id, suggestions.topic_id)
left join comparisons on coalesce(transactions.address, suggestions.address) = comparisons.address
    and raw.is_same_topic(coalesce(suggestions.topic_id, transactions.source_topic_id), comparisons.topic_id)
left join dead_letters on transactions.address = dead_letters.address
    and raw.is_same_topic(transactions.source_topic_id, dead_letters.topic_id)
where transactions.address is not null or not exists (
    select from raw.transactions as outside
    where outside.source_topic = %(topic)s
        and outside.source_partition = split_part(suggestions.address, '-', 1)::integer
        and outside.source_offset = split_part(suggestions.address, '-', 2)::bigint
        and raw.is_same_topic(outside.source_topic_id, suggestions.topic_id)
)
order by transactions.source_topic_id, transactions.source_partition, transactions.source_offset
"""  # noqa: S608 - the columns are a constant
# By version: offsets begin anew on a new cluster. A topic id with @ names records that their topic has lost.
DECISIONS: Final = "select record::text from raw.rollout_decisions where source_topic_id !~ '@' order by version"
