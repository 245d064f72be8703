"""Features job: the row-local features of recent transactions into the warehouse, by the function that serves them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from schemas.events.transaction import TRANSACTION_SCHEMA_VERSION, Channel, Transaction
from schemas.text.descriptor import build_descriptor
from scorer.features.features import FEATURE_VERSION, numerics
from trainer.dataset.db import transaction_on

BATCH_ROWS: Final = 5_000
_CHANNELS: Final = {channel.value: channel for channel in Channel}
# The record that was written last stands for its transaction, as in staging; of these, those whose row is not there
# yet, or was made from another record or with other codes. Times do not tell: a record may commit after a later one.
_SELECT: Final = """
with latest as (
    select distinct on (user_id, account_id, txn_id) user_id, account_id, txn_id, occurred_at, amount::text, currency,
        description, merchant, mcc, channel,
        source_topic || coalesce('-' || nullif(source_topic_id, ''), '')
            || '-' || source_partition || '-' || source_offset as source_record
    from raw.transactions
    where occurred_at >= %(since)s and occurred_at < %(until)s
    order by user_id asc, account_id asc, txn_id asc, loaded_at desc, source_offset desc
)
select latest.*, known.source_record is not distinct from latest.source_record
    and known.code_digest is not distinct from %(code_digest)s as is_known
from latest
left join raw.ml_features as known
    on latest.user_id = known.user_id and latest.account_id = known.account_id and latest.txn_id = known.txn_id
    and known.feature_version = %(feature_version)s
"""
_INCOMING: Final = """
create temporary table incoming_features (
    user_id text, account_id text, txn_id text, feature_version text, occurred_at timestamptz, norm_desc text,
    merchant_key text, written text,
    "numeric" real [], source_record text, code_digest text
) on commit drop
"""
_COPY: Final = """
copy incoming_features (
    user_id, account_id, txn_id, feature_version, occurred_at, norm_desc, merchant_key, written, "numeric",
    source_record, code_digest
) from stdin
"""
_UPSERT: Final = """
insert into raw.ml_features as known (
    user_id, account_id, txn_id, feature_version, occurred_at, norm_desc, merchant_key, written, "numeric",
    source_record, code_digest
)
select
    user_id, account_id, txn_id, feature_version, occurred_at, norm_desc, merchant_key, written, "numeric",
    source_record, code_digest
from incoming_features
on conflict (user_id, account_id, txn_id, feature_version) do update set
    occurred_at = excluded.occurred_at, norm_desc = excluded.norm_desc, merchant_key = excluded.merchant_key,
    written = excluded.written, "numeric" = excluded."numeric", source_record = excluded.source_record,
    code_digest = excluded.code_digest, loaded_at = now()
"""
_Row = tuple[str, str, str, datetime, str, str, str, str | None, str | None, str | None, str]


@dataclass(frozen=True, slots=True)
class FeatureRun:
    """What a run did: its window, the transactions whose features it wrote, and those that it left as they were."""

    since: datetime
    until: datetime
    rows: int
    unchanged: int

    def __str__(self) -> str:
        """The run in one line."""
        days = f"from {self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}"
        return f"{self.rows:,} transactions {days}" + (f", {self.unchanged:,} unchanged" if self.unchanged else "")


def materialise(
    dsn: str, *, as_of: datetime, days: int, mcc: Mapping[str, int], everything: bool = False
) -> FeatureRun:
    """Write the features of the transactions of the ``days`` before ``as_of``; all or none. Raises WarehouseError.

    What is there already and would come out the same is left alone, unless ``everything`` is to be written anew.
    """
    since, code_digest = as_of - timedelta(days=days), digest(mcc)
    count = unchanged = 0
    with (
        transaction_on(dsn, "raw.ml_features", missing="ledgermind warehouse migrate") as connection,
        connection.cursor(name="transactions") as reader,
        connection.cursor() as writer,
    ):
        writer.execute(_INCOMING)
        reader.itersize = BATCH_ROWS
        window = {"since": since, "until": as_of, "feature_version": FEATURE_VERSION, "code_digest": code_digest}
        reader.execute(_SELECT, window)
        rows: list[_Row] = []
        while fetched := reader.fetchmany(BATCH_ROWS):
            wanted = [row[:-1] for row in fetched if everything or not row[-1]]
            unchanged += len(fetched) - len(wanted)
            rows += wanted
        with writer.copy(_COPY) as copy:
            for batch in _in_batches(rows):
                for line, row in zip(feature_rows([_transaction(row) for row in batch], mcc=mcc), batch, strict=True):
                    copy.write_row((*line, row[-1], code_digest))
                    count += 1
        writer.execute(_UPSERT)
    return FeatureRun(since, as_of, count, unchanged)


def digest(mcc: Mapping[str, int]) -> str:
    """Return what tells one map of merchant category codes from another."""
    return sha256(msgspec.json.encode(mcc, order="sorted")).hexdigest()[:16]


FeatureRow = tuple[str, str, str, str, datetime, str, str, str, list[float]]


def feature_rows(transactions: Sequence[Transaction], *, mcc: Mapping[str, int]) -> Iterable[FeatureRow]:
    """Return the rows of ``raw.ml_features`` for some transactions, without ``loaded_at``."""
    descriptors = [build_descriptor(transaction) for transaction in transactions]
    numbers = numerics(transactions, descriptors, mcc=mcc).tolist()
    return (
        (row.user_id, row.account_id, row.txn_id, FEATURE_VERSION, row.occurred_at, *descriptor, values)
        for row, descriptor, values in zip(transactions, descriptors, numbers, strict=True)
    )


def _in_batches(rows: Sequence[_Row]) -> Iterable[Sequence[_Row]]:
    return (rows[start : start + BATCH_ROWS] for start in range(0, len(rows), BATCH_ROWS))


def _transaction(row: _Row) -> Transaction:
    """Return the transaction as far as features see it."""
    user_id, account_id, txn_id, occurred_at, amount, currency, description, merchant, mcc, channel, _ = row
    return Transaction(
        schema_version=TRANSACTION_SCHEMA_VERSION,
        txn_id=txn_id,
        user_id=user_id,
        account_id=account_id,
        occurred_at=occurred_at,
        amount=amount,
        currency=currency,
        description=description,
        merchant=merchant,
        mcc=mcc,
        channel=None if channel is None else _CHANNELS.get(channel),
    )
