"""Learnt: the release that the benchmarks ask, trained once a run on real purchases, on a small past without them."""

import functools
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.benchmarks.labelled_csv import read_labelled
from tests.benchmarks.traffic import purchases
from tests.support import small_dataset
from trainer.dataset.folds import FoldBoundaries, Folds, split_by_time
from trainer.dataset.from_transactions import build_table
from trainer.dataset.lexicon import read_vocabulary
from trainer.dataset.table import TrainingTable
from trainer.evaluation.gate_mode import GateMode
from trainer.fit.train import train
from trainer.fit.trained import Trained
from trainer.release.build import release_files
from trainer.release.provenance import Provenance

AS_OF = datetime(2017, 1, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Learnt:
    """A release with what its training says of itself; ``seconds`` go by on the clock and in the processor."""

    version: str
    files: dict[str, bytes]
    trained: Trained
    rows: int
    seconds: float
    cpu_seconds: float


@functools.cache
def labelled() -> TrainingTable:
    """Return the real purchases as a training table."""
    file = purchases()
    assert file is not None
    return build_table(*read_labelled(file), vocabulary=read_vocabulary()[0])


def descriptions(table: TrainingTable) -> tuple[str, ...]:
    """Return the rows' descriptions as they were written; ``table`` holds rows of ``labelled``."""
    written = _written()
    return tuple(written[txn_id] for txn_id in table.txn_ids)


@functools.cache
def _written() -> dict[str, str]:
    file = purchases()
    assert file is not None
    return {row.txn_id: row.description for row in read_labelled(file)[0]}


@functools.cache
def learn() -> Learnt:
    """Train to 2015-12, calibrate to 2016-06, judge on what came later."""
    if purchases() is None:
        return Learnt(*small_dataset.release(), small_dataset.trained(), len(small_dataset.table()), 0.0, 0.0)
    vocabulary, documents = read_vocabulary()
    table = labelled()
    began, cpu_began = time.perf_counter(), time.process_time()
    folds = later_months()
    trained = train(folds, vocabulary=vocabulary, documents=documents, mode=GateMode.STRICT)
    provenance = Provenance(AS_OF.isoformat(), 7, "-", table.fingerprint(), folds.describe(), {"import": len(table)})
    version, files = release_files(trained, provenance)
    return Learnt(version, files, trained, len(table), time.perf_counter() - began, time.process_time() - cpu_began)


def later_months() -> Folds:
    """Return the real purchases to learn from, to calibrate on and, from 2016-07 on, to judge by."""
    boundaries = FoldBoundaries(seconds_of("2016-01-01"), seconds_of("2016-07-01"))
    return split_by_time(labelled(), boundaries, as_of=int(AS_OF.timestamp()))


def seconds_of(day: str) -> int:
    """Return the epoch seconds at which a day begins."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
