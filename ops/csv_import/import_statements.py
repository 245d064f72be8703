"""Import statements: how rows of a file reach the raw tables, and which of them repeat an id."""

from typing import Final

# Imported rows stand under a topic of their own and say so in `origin`: no reconciliation with Kafka counts them.
INCOMING: Final = """
create temporary table incoming (
    line bigint, txn_id text, user_id text, account_id text, occurred_at timestamptz, amount numeric, currency text,
    description text, merchant text, mcc text, country text, channel text, label text, label_observed_at timestamptz
) on commit drop
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
