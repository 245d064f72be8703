"""The model on real purchases: trained on the earlier months, judged on the later ones."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.descriptor import describe
from scorer.release import build_release
from tests.benchmarks.labelled_csv import read_labelled
from trainer.documents import read_vocabulary
from trainer.from_transactions import build_table
from trainer.mode import Mode
from trainer.split import CutOffs, split
from trainer.train import train
from trainer.write_release import Provenance, release_files

pytestmark = pytest.mark.benchmark
FILE = "purchase_cards_2014_2016.csv.gz"
AS_OF = datetime(2017, 1, 15, tzinfo=UTC)
BATCH = 256


def seconds_of(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def test_later_months_of_real_purchases() -> None:
    folder = os.environ.get("LEDGERMIND_REAL_DATA")
    if not folder or not (Path(folder) / FILE).exists():
        pytest.skip(f"LEDGERMIND_REAL_DATA names no folder with {FILE}")
    rows, labels = read_labelled(Path(folder) / FILE)
    vocabulary, documents = read_vocabulary()
    began = time.perf_counter()
    table = build_table(rows, labels, vocabulary=vocabulary)
    folds = split(table, CutOffs(seconds_of("2016-01-01"), seconds_of("2016-07-01")), as_of=int(AS_OF.timestamp()))
    trained = train(folds, vocabulary=vocabulary, documents=documents, mode=Mode.STRICT)
    provenance = Provenance(AS_OF.isoformat(), 7, "-", table.fingerprint(), folds.describe(), {"import": len(table)})
    version, files = release_files(trained, provenance)
    print(f"\n{version}: {len(table):,} rows in {time.perf_counter() - began:.1f} s")  # noqa: T201
    for view in trained.views:
        print(  # noqa: T201
            f"{view.name:20} {view.rows:6} macro-F1 {view.macro_f1:.3f} accuracy {view.accuracy:.3f} log-loss "
            f"{view.log_loss:.3f} ECE {view.ece:.4f} coverage {view.coverage:.3f} "
            f"precision {view.served_precision or 0:.3f}"
        )
    print(trained.gate)  # noqa: T201
    release = build_release(files, name=version)
    late = rows[-10_000:]
    descriptors = [describe(row) for row in late]
    began = time.process_time()
    for start in range(0, len(late), BATCH):
        release.answer(late[start : start + BATCH], descriptors[start : start + BATCH])
    print(f"{(time.process_time() - began) / len(late) * 1e6:.1f} us a transaction")  # noqa: T201
    whole, unseen = trained.views[0], trained.views[1]
    assert whole.macro_f1 >= 0.73
    assert whole.ece <= 0.02
    assert unseen.ece <= 0.05
    assert (whole.served_precision or 0) >= 0.90
