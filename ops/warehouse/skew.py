"""Skew: whether the warehouse's features are those that serving computes, on a sample of rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import psycopg
from psycopg.rows import TupleRow

from ops.errors import OpsError
from ops.local.postgres import connect
from ops.warehouse.raw_transaction import FIELDS, value_of
from scorer.errors import ReleaseError
from scorer.features.features import FEATURE_VERSION, NUMERIC_NAMES, Floats, numerics
from scorer.release.registry import Registry
from streams.process.batch_types import Record
from streams.process.pipeline import decode
from trainer.dataset.lexicon import read_vocabulary

SAMPLE_ROWS: Final = 1_000
SHOWN: Final = 5
FEATURES: Final = ("norm_desc", "merchant_key", "written", *NUMERIC_NAMES)
# Each row beside the record that it was made from; what replaced that record since is the features job's matter.
_SAMPLE: Final = f"""
with sample as (
    select * from raw.ml_features
    where feature_version = %(feature_version)s and source_record is not null
    order by hashtextextended(txn_id, %(seed)s), user_id, account_id
    limit %(rows)s
)
select {FIELDS}, sample.norm_desc, sample.merchant_key, sample.written, sample."numeric"
from sample
inner join raw.transactions as transactions
    on sample.user_id = transactions.user_id and sample.account_id = transactions.account_id
    and sample.txn_id = transactions.txn_id
    and sample.source_record
    = transactions.source_topic || coalesce('-' || nullif(transactions.source_topic_id, ''), '')
        || '-' || transactions.source_partition || '-' || transactions.source_offset
"""  # noqa: S608 - the columns are a constant
_KEPT: Final = 4  # columns of the sample beside the record's own


class SkewError(OpsError):
    """Rows of the warehouse differ from what serving computes, or there are none to compare."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Skew:
    """A comparison: rows compared, and of each feature in how many it differs; ``txn_ids`` are a few that do."""

    sampled: int
    differing: Mapping[str, int]
    txn_ids: tuple[str, ...]


def measure_skew(dsn: str, *, mcc: Mapping[str, int], seed: int, rows: int = SAMPLE_ROWS) -> Skew:
    """Compare a sample of the warehouse's features with those that a worker computes from the same records.

    ``mcc`` are the codes of what is served, ``seed`` chooses the rows. Raises PostgresError and SkewError.
    """
    with connect(dsn) as connection:
        try:
            found = connection.execute(
                _SAMPLE.encode(), {"feature_version": FEATURE_VERSION, "seed": seed, "rows": rows}
            ).fetchall()
        except psycopg.Error as error:
            line = str(error).strip().partition("\n")[0]
            raise SkewError(f"raw.ml_features cannot be read: {line}; run `ledgermind warehouse migrate`") from error
    return _compare(found, mcc=mcc)


def require_none(skew: Skew) -> None:
    """Raise SkewError where a row differs, or where nothing was compared: that says nothing good either."""
    if not skew.sampled:
        raise SkewError("there are no features to compare: run `ledgermind features`")
    if skew.txn_ids:
        named = ", ".join(f"{name} in {count}" for name, count in skew.differing.items() if count)
        shown = ", ".join(skew.txn_ids)
        raise SkewError(
            f"of {skew.sampled:,} rows some differ from what serving computes: {named} "
            f"(such as {shown}); run `ledgermind features --everything`"
        )


def served_codes(registry: Registry) -> Mapping[str, int]:
    """Return category indices by merchant category code of the newest release that loads, else the shipped ones."""
    for version in reversed(registry.versions()):
        try:
            return registry.load(version).model.vocabulary.mcc
        except ReleaseError:
            continue
    return read_vocabulary()[0].mcc


def _compare(rows: Sequence[TupleRow], *, mcc: Mapping[str, int]) -> Skew:
    """Send the records through what a worker does first, and hold the outcome against the rows."""
    records = [Record(0, place, 0, str(row[1]).encode(), value_of(row[:-_KEPT])) for place, row in enumerate(rows)]
    decoded = decode(records)
    kept = [rows[record.offset][-_KEPT:] for record in decoded.records]
    served = numerics(decoded.transactions, decoded.descriptors, mcc=mcc) if kept else np.empty((0, len(NUMERIC_NAMES)))
    differing = dict.fromkeys(FEATURES, 0)
    txn_ids: list[str] = []
    for transaction, descriptor, numbers, (*wordings, stored) in zip(
        decoded.transactions, decoded.descriptors, served, kept, strict=True
    ):
        names = Counter(_different_numbers(numbers, stored))
        names.update({name: one != other for name, one, other in zip(FEATURES, descriptor, wordings, strict=False)})
        for name, is_different in names.items():
            differing[name] += is_different
        if any(names.values()) and len(txn_ids) < SHOWN:
            txn_ids.append(transaction.txn_id)
    return Skew(len(kept), differing, tuple(txn_ids))


def _different_numbers(served: Floats, stored: Sequence[float]) -> list[str]:
    """Return the names of what differs; every name of a row that is not as long as it should be."""
    if len(stored) != len(NUMERIC_NAMES):
        return list(NUMERIC_NAMES)
    return [
        name
        for name, here, there in zip(NUMERIC_NAMES, served, np.array(stored, dtype=np.float32), strict=True)
        if here != there
    ]
