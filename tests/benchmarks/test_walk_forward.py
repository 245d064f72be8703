"""Walk-forward: whole trainings at several cut-offs, each judged on the half year after it, beside plain baselines.

The last half year of the purchase cards stays sealed: no cut-off is judged on it.
"""

import time
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from scorer.model.model import Model
from scorer.model.thresholds import Thresholds
from tests.benchmarks.baselines import baselines
from tests.benchmarks.model import descriptions, labelled, seconds_of
from tests.benchmarks.splits import GATE_FROM
from tests.benchmarks.traffic import PURCHASES, purchases
from trainer.dataset.folds import choose_boundaries, known_rows, split_by_time
from trainer.dataset.lexicon import read_vocabulary
from trainer.dataset.table import TrainingTable
from trainer.evaluation.evaluate import evaluate, macro_f1
from trainer.evaluation.gate_mode import GateMode
from trainer.evaluation.merchants import f1_draws
from trainer.fit.refit import refit
from trainer.fit.train import SEED, train
from trainer.release.refit_guard import check_refit

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3_600)]
CUT_OFFS = ("2015-01-01", "2015-07-01", "2016-01-01")
HALF_A_YEAR = np.timedelta64(6, "M")
_INTERVAL = (0.025, 0.975)


class Later(NamedTuple):
    """The half year after a cut-off, and which of its merchants and wordings nobody had seen before."""

    rows: TrainingTable
    unseen: npt.NDArray[np.bool_]
    new_wording: npt.NDArray[np.bool_]


@pytest.fixture(autouse=True)
def _real_purchases() -> None:
    if purchases() is None:
        pytest.skip(f"LEDGERMIND_REAL_DATA names no folder with {PURCHASES}")


def later_than(cut_off: str, known: TrainingTable) -> Later:
    """Return the rows to judge on, none of them sealed."""
    end = (np.datetime64(cut_off[:7]) + HALF_A_YEAR).astype("datetime64[D]")
    last = min(seconds_of(str(end)), seconds_of(GATE_FROM))
    table = labelled()
    rows = table.rows((table.occurred_at >= seconds_of(cut_off)) & (table.occurred_at < last))
    merchants, wordings = set(known.keys), set(known.norms)
    return Later(
        rows,
        np.array([key not in merchants for key in rows.keys]),
        np.array([norm not in wordings for norm in rows.norms]),
    )


def show(name: str, later: Later, best: npt.NDArray[np.int64], rest: str, seconds: float) -> None:
    """Print macro-F1 / accuracy on all rows, unseen merchants and wordings never met."""
    labels = later.rows.labels
    cells = [
        f"{macro_f1(best[mask], labels[mask]):.3f} / {(best[mask] == labels[mask]).mean():.3f}"
        for mask in (np.ones(len(labels), dtype=np.bool_), later.unseen, later.new_wording)
    ]
    print(f"| {name} | {' | '.join(cells)} | {rest} | {seconds:.0f} |", flush=True)


def answers(model: Model, thresholds: Thresholds, later: Later) -> tuple[npt.NDArray[np.int64], str]:
    """Return the best categories, and log-loss, ECE, coverage and precision in words."""
    rows = later.rows
    raw = model.raw(rows.descriptors, rows.numeric)
    shares = model.calibration.apply(raw)
    whole = evaluate("all", shares, rows.labels, rows.keys, thresholds.of_rows(raw.is_known, raw.evidence))
    words = f"{whole.log_loss:.3f} | {whole.ece:.4f} | {whole.coverage:.3f} | {whole.served_precision or 0:.3f}"
    return shares.argmax(axis=1), words


def paired(ours: npt.NDArray[np.int64], theirs: npt.NDArray[np.int64], rows: TrainingTable) -> str:
    """Return the difference of macro-F1 and its 95 % interval over draws of merchants."""
    count = 1 + max(int(array.max()) for array in (rows.labels, ours, theirs))
    one, other = (
        np.nanmean(f1_draws(best, rows.labels, rows.keys, count, seed=SEED), axis=1) for best in (ours, theirs)
    )
    low, high = np.quantile(one - other, _INTERVAL)
    difference = macro_f1(ours, rows.labels) - macro_f1(theirs, rows.labels)
    return f"{difference:+.3f} ({low:+.3f} to {high:+.3f})"


@pytest.mark.parametrize("cut_off", CUT_OFFS)
def test_a_training_at_a_cut_off_is_judged_on_the_half_year_after_it(cut_off: str) -> None:
    vocabulary, documents = read_vocabulary()
    as_of = seconds_of(cut_off)
    known = known_rows(labelled(), as_of=as_of)
    later = later_than(cut_off, known)
    folds = split_by_time(known, choose_boundaries(known.occurred_at), as_of=as_of)
    print(
        f"\n{cut_off}: {len(known):,} rows, judged on {len(later.rows):,}, {later.unseen.sum():,} of unseen merchants"
    )
    began = time.process_time()
    trained = train(folds, vocabulary=vocabulary, documents=documents, mode=GateMode.STRICT)
    judged_seconds = time.process_time() - began
    judged, words = answers(trained.model, trained.thresholds, later)
    show("judged model", later, judged, words, judged_seconds)
    began = time.process_time()
    refitted = refit(trained, folds, known, vocabulary=vocabulary, documents=documents, as_of=as_of, seed=SEED)
    refit_seconds = time.process_time() - began
    served, words = answers(refitted.model, refitted.thresholds, later)
    show("refit", later, served, words, judged_seconds + refit_seconds)
    against = {"judged model": judged}
    for one in baselines(descriptions(known), known.labels, descriptions(later.rows), seed=SEED):
        show(one.name, later, one.best, "| | |", one.seconds)
        against[one.name] = one.best
    for name, best in against.items():
        print(f"refit minus {name}: macro-F1 {paired(served, best, later.rows)}", flush=True)
    report = check_refit(trained, refitted, known)
    print(
        f"guard: golden distance {report.golden_distance:.3f}, log-loss {refitted.learnt_log_loss:.3f} learned against "
        f"{refitted.log_loss:.3f} out of fold, ECE {report.ece:.4f}; refused: {report.refused}",
        flush=True,
    )
    assert report.is_served
    assert macro_f1(served, later.rows.labels) > macro_f1(judged, later.rows.labels)
