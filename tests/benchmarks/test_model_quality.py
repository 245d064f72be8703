"""The model on real purchases: every view that docs/EXPERIMENTS.md shows, and what each part of the model is worth.

MODEL_FOLDS says in how many parts the rows are held out (not set or 0: in none), MODEL_ABLATION=1 adds what
each part and each size is worth.
"""

import os
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from tests.benchmarks import ablations
from tests.benchmarks.model import Learnt, descriptions, labelled, later_months, learn
from tests.benchmarks.splits import (
    ANYTHING,
    BY_DESCRIPTION,
    BY_FIRST_WORD,
    BY_MERCHANT,
    Part,
    learnt_rows,
    parts,
    walk_forward,
)
from tests.benchmarks.traffic import PURCHASES, purchases
from trainer.dataset.table import TrainingTable
from trainer.evaluation.evaluate import evaluate
from trainer.evaluation.evaluate import slices as slices_of
from trainer.fit import choose_thresholds
from trainer.fit.calibrate import calibrate
from trainer.fit.fit_model import fit_model
from trainer.fit.train import SEED

pytestmark = pytest.mark.benchmark
FOLDS = int(os.environ.get("MODEL_FOLDS", "0"))
ABLATION = os.environ.get("MODEL_ABLATION") == "1"
LEAST = {ANYTHING: 0.80, BY_DESCRIPTION: 0.60, BY_MERCHANT: 0.5, BY_FIRST_WORD: 0.42}  # macro-F1
_NO_BAR = 2.0


class Judged(NamedTuple):
    """Cross-fitted probabilities of rows that were not learnt from, and the rows that were."""

    rows: TrainingTable
    shares: npt.NDArray[np.float64]
    learnt: TrainingTable
    seconds: float  # of CPU, to learn
    micros: float  # of CPU, to answer a row


@pytest.fixture(autouse=True)
def _real_purchases() -> None:
    if purchases() is None:
        pytest.skip(f"LEDGERMIND_REAL_DATA names no folder with {PURCHASES}")


def judge(table: TrainingTable, part: Part, variant: ablations.Variant = ablations.IN_USE) -> Judged:
    """Learn one part's rows and answer the others; temperatures come from the judged rows of the other merchants."""
    made = variant.of(table)
    rows = learnt_rows(made.table, part)
    began = time.process_time()
    fitted = fit_model(
        rows,
        made.vocabulary,
        made.documents,
        cut_off=part.cut_off,
        seed=SEED,
        warm_weight=made.warm_weight,
        cold_start_weight=made.cold_start_weight,
        size=made.size,
    )
    seconds = time.process_time() - began
    asked, judged = made.table.rows(part.judged), table.rows(part.judged)
    began = time.process_time()
    raw = fitted.model.raw(asked.descriptors, asked.numeric)
    micros = (time.process_time() - began) / len(asked) * 1e6
    return Judged(judged, calibrate(raw, judged).cross_fitted, table.rows(part.learnt), seconds, micros)


def show(name: str, judged: Judged) -> None:
    """Print the views of what was judged."""
    bars = np.full(judged.shares.shape, _NO_BAR)
    for view in slices_of(judged.shares, judged.rows, judged.learnt, bars):
        print(
            f"{name:34} {view.name:24} {view.rows:6} {view.macro_f1:.3f} / {view.accuracy:.3f} / {view.log_loss:.3f} "
            f"ECE {view.ece:.4f}  {judged.seconds:.0f} s {judged.micros:.1f} µs",
            flush=True,
        )


def norms_of(table: TrainingTable) -> tuple[str, ...]:
    """Return the rows' normalised wordings."""
    return table.norms


def of_new(wordings: Callable[[TrainingTable], tuple[str, ...]], learnt: Learnt) -> str:
    """Return what the release is worth on rows of the gate fold whose ``wordings`` its training never met."""
    folds, judged = later_months(), learnt.trained.scored_fold
    known = set(wordings(folds.train))
    new = np.array([wording not in known for wording in wordings(folds.gate)])
    shares, keys = judged.probabilities[new], [key for key, is_new in zip(judged.keys, new, strict=True) if is_new]
    view = evaluate("new", shares, judged.labels[new], keys, np.full(shares.shape, _NO_BAR))
    return f"{view.rows} macro-F1 {view.macro_f1:.3f} accuracy {view.accuracy:.3f} log-loss {view.log_loss:.3f}"


def test_later_months_of_real_purchases() -> None:
    learnt = learn()
    print(f"\n{learnt.version}: {learnt.rows:,} rows in {learnt.seconds:.1f} s, {learnt.cpu_seconds:.1f} s of CPU")
    for view in learnt.trained.slices:
        print(
            f"{view.name:24} {view.rows:6} macro-F1 {view.macro_f1:.3f} accuracy {view.accuracy:.3f} log-loss "
            f"{view.log_loss:.3f} ECE {view.ece:.4f} coverage {view.coverage:.3f} "
            f"precision {view.served_precision or 0:.3f}"
        )
    for name, wordings in (("normalised wordings never met", norms_of), ("descriptions never met", descriptions)):
        print(f"{name:29} {of_new(wordings, learnt)}")
    print(learnt.trained.gate)
    whole, unseen = learnt.trained.slices[0], learnt.trained.slices[1]
    assert whole.macro_f1 >= 0.74
    assert whole.ece <= 0.02
    assert unseen.ece <= 0.05


def test_half_years_inside_the_train_fold() -> None:
    table = labelled()
    print()
    for part in walk_forward(table):
        show(f"walk-forward {np.datetime64(part.cut_off, 's')}"[:26], judge(table, part))


def test_how_sure_a_bar_must_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bars from the first half of each half year, judged on its second."""
    table = labelled()
    vocabulary, known = ablations.IN_USE.of(table)[1:3]
    print()
    for part in walk_forward(table):
        model = fit_model(learnt_rows(table, part), vocabulary, known, cut_off=part.cut_off, seed=SEED).model
        rows = table.rows(part.judged)
        raw = model.raw(rows.descriptors, rows.numeric)
        early = rows.occurred_at < np.median(rows.occurred_at)
        calibrated = calibrate(raw.rows(early), rows.rows(early))
        late, later = rows.rows(~early), raw.rows(~early)
        shares = calibrated.calibration.apply(later)
        for confidence in (0.95, 0.9, 0.8, 0.7):
            monkeypatch.setattr(choose_thresholds, "CONFIDENCE", confidence)
            fold = rows.rows(early)
            bars = choose_thresholds.choose_thresholds(
                calibrated.cross_fitted,
                fold.labels,
                fold.keys,
                is_known=raw.is_known[early],
                evidence=raw.evidence[early],
            )
            for view in slices_of(shares, late, table.rows(part.learnt), bars.of_rows(later.is_known, later.evidence))[
                :2
            ]:
                print(
                    f"{np.datetime64(part.cut_off, 's')}, sure by {confidence}: {view.name:24} "
                    f"coverage {view.coverage:.3f} precision {view.served_precision or 0:.3f}",
                    flush=True,
                )


@pytest.mark.skipif(FOLDS == 0, reason="MODEL_FOLDS is 0")
@pytest.mark.parametrize("how", [ANYTHING, BY_DESCRIPTION, BY_MERCHANT, BY_FIRST_WORD])
def test_rows_held_out(how: str) -> None:
    table = labelled()
    best, labels, keys = [], [], list[str]()
    for part in parts(table, how, FOLDS):
        judged = judge(table, part)
        best.append(judged.shares)
        labels.append(judged.rows.labels)
        keys += judged.rows.keys
    shares, truth = np.concatenate(best), np.concatenate(labels)
    view = evaluate(how, shares, truth, keys, np.full(shares.shape, _NO_BAR))
    print(f"\n{how}, {FOLDS} parts: {view.rows} rows {view.macro_f1:.3f} / {view.accuracy:.3f} / {view.log_loss:.3f}")
    assert view.macro_f1 >= LEAST[how]


@pytest.mark.skipif(not ABLATION, reason="MODEL_ABLATION is not 1")
@pytest.mark.parametrize("variant", (*ablations.PARTS, *ablations.SIZES), ids=lambda variant: variant.name)
def test_what_each_part_is_worth(variant: ablations.Variant) -> None:
    table = labelled()
    print()
    for part in walk_forward(table):
        show(f"{variant.name}, {np.datetime64(part.cut_off, 's')}"[:-9], judge(table, part, variant))
