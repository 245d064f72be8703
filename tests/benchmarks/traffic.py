"""Traffic: records to measure with, real purchases where they are at hand."""

import functools
import os
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec

from ops.simulation.simulate import simulate
from schemas.events.transaction import Transaction
from streams.process.batch_types import Record
from tests.benchmarks.labelled_csv import read_labelled

PURCHASES = "purchase_cards_2014_2016.csv.gz"
PARTITIONS = 12


def purchases() -> Path | None:
    """Return the file of real purchases, None where LEDGERMIND_REAL_DATA names none."""
    folder = os.environ.get("LEDGERMIND_REAL_DATA")
    file = Path(folder) / PURCHASES if folder else None
    return file if file is not None and file.exists() else None


@functools.cache
def transactions(count: int) -> list[Transaction]:
    """Return the latest real purchases, simulated ones where there are none."""
    file = purchases()
    if file is not None:
        return read_labelled(file)[0][-count:]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [made.transaction for made in islice(simulate(7, users=2_000, start=start, days=60), count)]


def records(count: int) -> list[Record]:
    """Return the transactions as they lie on the topic."""
    return [
        Record(row % PARTITIONS, row // PARTITIONS, 1_780_000_000_000 + row, made.user_id.encode(), encoded)
        for row, made in enumerate(transactions(count))
        for encoded in [msgspec.json.encode(made)]
    ]
