"""Landed counts: what a batch came to, by table and reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.contracts.topics import TRANSACTIONS
from streams.landing.insert import Reject
from streams.landing.mapping.copy_format import Landed
from streams.landing.mapping.tables import TABLE_OF_TOPIC


@dataclass(frozen=True, slots=True)
class LandedCounts:
    """What one batch came to: rows by table, and rejects by the table that did not take them and the reason.

    ``skips`` counts by reason what a mapping leaves out.
    """

    rows: Counter[str]
    rejects: Counter[tuple[str, str]]
    skips: Counter[str] = field(default_factory=Counter)


def count_landed(records: Sequence[Landed], rejects: Sequence[Reject], skips: Counter[str]) -> LandedCounts:
    """Count what a batch came to, from its records, those that were refused, and what a mapping skipped by reason."""
    refused = Counter((TABLE_OF_TOPIC[record.topic].table, fault.reason.value) for record, fault in rejects)
    rows = Counter(TABLE_OF_TOPIC[record.topic].table for record in records)
    for (table, _), count in refused.items():
        rows[table] -= count
    if skips:
        rows[TABLE_OF_TOPIC[TRANSACTIONS.name].table] -= skips.total()
    return LandedCounts(rows, refused, skips)
