"""Cold start on real purchases: what a release knows without a label, and what synthetic rows add to few."""

import os
from datetime import UTC, datetime

import pytest

from ops.training.synthetic_data import synthetic_history
from tests.benchmarks.labelled_csv import read_labelled
from tests.benchmarks.model import seconds_of
from tests.benchmarks.traffic import PURCHASES, purchases
from trainer.dataset.from_transactions import LABEL_DELAY_SECONDS, build_table
from trainer.dataset.lexicon import read_vocabulary
from trainer.dataset.synthetic import add_synthetic, drop_merchant_keys, synthetic_weight
from trainer.dataset.table import TrainingTable
from trainer.evaluation.evaluate import macro_f1
from trainer.fit.fit_model import fit_model

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3_600)]
CUT_OFF, JUDGED_FROM = seconds_of("2016-01-01"), seconds_of("2016-07-01")
SIZES = tuple(int(size) for size in os.environ.get("COLD_START_ROWS", "500,1000,4000,18000").split(","))
WORSE = 0.005  # of macro-F1, within which two lines are not told apart


def score(train: TrainingTable, judged: TrainingTable) -> tuple[float, float]:
    """Return macro-F1 and accuracy on rows of a model that was fitted on others."""
    vocabulary, documents = read_vocabulary()
    model = fit_model(train, vocabulary, documents, cut_off=CUT_OFF, seed=7).model
    best = model.raw(judged.descriptors, judged.numeric).scores.argmax(axis=1)
    return macro_f1(best, judged.labels), float((best == judged.labels).mean())


def test_learning_curve() -> None:
    file = purchases()
    if file is None:
        pytest.skip(f"LEDGERMIND_REAL_DATA names no folder with {PURCHASES}")
    vocabulary, _ = read_vocabulary()
    rows, labels = read_labelled(file)
    table = build_table(rows, labels, vocabulary=vocabulary)
    day = datetime(2014, 1, 1, tzinfo=UTC)
    synthetic, beside = (synthetic_history(until=day, beside_real=few).table for few in (False, True))
    late = table.rows(table.occurred_at >= JUDGED_FROM)
    first = drop_merchant_keys(synthetic)
    whole, accuracy = score(first, table)
    print(f"\nno real row: macro-F1 {whole:.3f} accuracy {accuracy:.3f} on all {len(table):,} purchases")
    known_at = CUT_OFF - LABEL_DELAY_SECONDS
    past = [place for place, row in enumerate(rows) if row.occurred_at.timestamp() < known_at]
    past.sort(key=lambda place: rows[place].occurred_at)
    for size in SIZES:
        kept = past[-size:]  # a table of its own: a history counts the labels of these rows only
        newest = build_table([rows[place] for place in kept], [labels[place] for place in kept], vocabulary=vocabulary)
        alone = score(newest, late)
        weight = synthetic_weight(size, len(beside))
        mixed = score(add_synthetic(newest, beside), late) if weight else alone
        print(
            f"{size:6,} real rows: alone {alone[0]:.3f} / {alone[1]:.3f}, mixed {mixed[0]:.3f} / {mixed[1]:.3f} "
            f"(a synthetic row weighs {weight:.4f})"
        )
        assert mixed[0] >= alone[0] - WORSE
    assert whole >= 0.37
