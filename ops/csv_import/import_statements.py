"""Import statements: how rows of a file reach the raw tables, and which of them repeat an id."""

from typing import Final

# Imported rows stand under a topic of their own and say so in `origin`: no reconciliation with Kafka counts them.
INCOMING: Final = """
create temporary table incoming (
    line bigint, file_line bigint, txn_id text, user_id text, account_id text, occurred_at timestamptz, amount numeric,
    currency text, description text, merchant text, mcc text, country text, channel text, label text,
    label_observed_at timestamptz, has_own_id boolean, is_known boolean not null default false
) on commit drop
"""
# An id made from a row's content names the same content: staging holds it once, an undo of one file leaves the other.
MARK_KNOWN: Final = """
update incoming set is_known = true
where not has_own_id and exists (
    select 1 from raw.transactions as record
    where record.user_id = incoming.user_id and record.account_id = incoming.account_id
        and record.txn_id = incoming.txn_id
)
"""
# A bank that words a booking anew makes another transaction of it, or it is one: nobody can know from here.
REWORDED: Final = """
select count(*)
from incoming
where not has_own_id and not is_known and exists (
    select 1 from raw.transactions as record
    where record.user_id = incoming.user_id and record.account_id = incoming.account_id
        and record.origin = 'import' and starts_with(record.txn_id, 'row-')
        and (record.occurred_at at time zone 'UTC')::date = (incoming.occurred_at at time zone 'UTC')::date
        and record.amount = incoming.amount and record.currency = incoming.currency
        and not exists (
            select 1 from incoming as other
            where other.user_id = record.user_id and other.account_id = record.account_id
                and other.txn_id = record.txn_id
        )
)
"""
# What names a transaction is user, account and txn_id together. As jsonb, 1.5 and 1.50 are one amount.
_SAID: Final = "jsonb_build_array(occurred_at, amount, currency, description, merchant, mcc, country, channel)"
REPEATED_IDS: Final = f"""
with numbered as (
    select
        user_id, account_id, txn_id, {_SAID} as said,
        row_number() over of_one_id as number,
        lag({_SAID}) over of_one_id as said_above
    from incoming
    where not is_known
    window of_one_id as (partition by user_id, account_id, txn_id order by line)
)
select
    count(*),
    count(*) filter (where numbered.said <> coalesce(numbered.said_above, loaded.said))
from numbered
left join lateral (
    select {_SAID} as said
    from raw.transactions as record
    where record.user_id = numbered.user_id and record.account_id = numbered.account_id
        and record.txn_id = numbered.txn_id
    order by record.loaded_at desc, record.source_offset desc
    limit 1
) as loaded on numbered.number = 1
where numbered.number > 1 or loaded.said is not null
"""  # noqa: S608 - the columns are a constant
INSERT_TRANSACTIONS: Final = """
insert into raw.transactions (
    source_topic, source_partition, source_offset, origin, txn_id, user_id, account_id, occurred_at, amount, currency,
    description, merchant, mcc, country, channel
)
select
    'import:' || %(import_id)s, 0, line, 'import', txn_id, user_id, account_id, occurred_at, amount, currency,
    description, merchant, mcc, country, channel
from incoming
"""
INSERT_LABELS: Final = """
insert into raw.transaction_labels (label_event_id, txn_id, user_id, account_id, label, source, observed_at)
select
    'import:' || %(import_id)s || ':' || line, txn_id, user_id, account_id, label, 'import', label_observed_at
from incoming
where label is not null
"""
# The lines of a file that an earlier import of it read as other transactions.
READ_OTHERWISE: Final = """
select batch.import_id, count(*)
from raw.imports as batch
inner join raw.transactions as record on record.source_topic = 'import:' || batch.import_id
inner join incoming
    on incoming.line = record.source_offset and incoming.user_id = record.user_id
    and incoming.account_id = record.account_id and incoming.txn_id <> record.txn_id
where batch.file_digest = %(file_digest)s and not incoming.has_own_id
group by batch.import_id
limit 1
"""
UNDO_LABELS: Final = """
delete from raw.transaction_labels where starts_with(label_event_id, 'import:' || %(import_id)s || ':')
"""
UNDO_TRANSACTIONS: Final = "delete from raw.transactions where source_topic = 'import:' || %(import_id)s"
UNDO_IMPORT: Final = "delete from raw.imports where import_id = %(import_id)s"
