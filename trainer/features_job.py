"""Features job: the row-local features of recent transactions into the warehouse, by the function that serves them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.descriptor import describe
from schemas.transaction import TRANSACTION_SCHEMA_VERSION, Channel, Transaction
from scorer.features import FEATURE_VERSION, numerics
from trainer.connect import connect

BATCH_ROWS: Final = 5_000
_CHANNELS: Final = {channel.value: channel for channel in Channel}
# The record that was written last stands for its transaction, as in staging.
_SELECT: Final = """
select distinct on (txn_id) txn_id, occurred_at, amount::text, currency, description, merchant, mcc, channel
from raw.transactions
where occurred_at >= %(since)s and occurred_at < %(until)s
order by txn_id asc, loaded_at desc, source_offset desc
"""
_INCOMING: Final = """
create temporary table incoming_features (
    txn_id text, feature_version text, occurred_at timestamptz, norm_desc text, merchant_key text, "numeric" real []
) on commit drop
"""
_COPY: Final = (
    'copy incoming_features (txn_id, feature_version, occurred_at, norm_desc, merchant_key, "numeric") from stdin'
)
_UPSERT: Final = """
insert into raw.ml_features as known (txn_id, feature_version, occurred_at, norm_desc, merchant_key, "numeric")
select txn_id, feature_version, occurred_at, norm_desc, merchant_key, "numeric" from incoming_features
on conflict (txn_id, feature_version) do update set
    occurred_at = excluded.occurred_at, norm_desc = excluded.norm_desc, merchant_key = excluded.merchant_key,
    "numeric" = excluded."numeric", loaded_at = now()
"""
_Row = tuple[str, datetime, str, str, str, str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class FeatureRun:
    """What a run wrote: its window and the number of transactions in it."""

    since: datetime
    until: datetime
    rows: int


def materialise(dsn: str, *, as_of: datetime, days: int, mcc: Mapping[str, int]) -> FeatureRun:
    """Write the features of the transactions of the ``days`` before ``as_of``; all or none. Raises WarehouseError."""
    since = as_of - timedelta(days=days)
    count = 0
    with (
        connect(dsn, "raw.ml_features", missing="ledgermind warehouse migrate") as connection,
        connection.cursor(name="transactions") as reader,
        connection.cursor() as writer,
    ):
        writer.execute(_INCOMING)
        reader.itersize = BATCH_ROWS
        reader.execute(_SELECT, {"since": since, "until": as_of})
        rows: list[_Row] = []
        while fetched := reader.fetchmany(BATCH_ROWS):
            rows += fetched
        with writer.copy(_COPY) as copy:
            for batch in _in_batches(rows):
                for line in feature_rows([_transaction(row) for row in batch], mcc=mcc):
                    copy.write_row(line)
                    count += 1
        writer.execute(_UPSERT)
    return FeatureRun(since, as_of, count)


FeatureRow = tuple[str, str, datetime, str, str, list[float]]


def feature_rows(transactions: Sequence[Transaction], *, mcc: Mapping[str, int]) -> Iterable[FeatureRow]:
    """Return the rows of ``raw.ml_features`` for some transactions, without ``loaded_at``."""
    descriptors = [describe(transaction) for transaction in transactions]
    numbers = numerics(transactions, descriptors, mcc=mcc).tolist()
    return (
        (row.txn_id, FEATURE_VERSION, row.occurred_at, descriptor.norm, descriptor.merchant_key, values)
        for row, descriptor, values in zip(transactions, descriptors, numbers, strict=True)
    )


def _in_batches(rows: Sequence[_Row]) -> Iterable[Sequence[_Row]]:
    return (rows[start : start + BATCH_ROWS] for start in range(0, len(rows), BATCH_ROWS))


def _transaction(row: _Row) -> Transaction:
    """Return the transaction as far as features see it; user and account are no features."""
    txn_id, occurred_at, amount, currency, description, merchant, mcc, channel = row
    return Transaction(
        schema_version=TRANSACTION_SCHEMA_VERSION,
        txn_id=txn_id,
        user_id="-",
        account_id="-",
        occurred_at=occurred_at,
        amount=amount,
        currency=currency,
        description=description,
        merchant=merchant,
        mcc=mcc,
        channel=None if channel is None else _CHANNELS.get(channel),
    )
