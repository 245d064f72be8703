"""Calibration methods: what none, temperature, isotonic knots and both give, on purchase cards and on simulated data.

SIMULATED_USERS and SIMULATED_DAYS set the size of the simulated past.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from ops.simulation.simulate import simulate
from schemas.crosswalks.crosswalk import brands
from scorer.model.model import Model
from tests.benchmarks.model import later_months, learn
from tests.benchmarks.traffic import PURCHASES, purchases
from trainer.dataset.folds import Folds, choose_boundaries, split_by_time
from trainer.dataset.from_transactions import build_table
from trainer.dataset.lexicon import read_vocabulary
from trainer.evaluation.calibration_effect import MEASURES, quality, worsened
from trainer.evaluation.evaluate import log_loss
from trainer.fit.calibrate import MIN_POSITIVES, Method, calibrate, compare_methods
from trainer.fit.fit_model import fit_model
from trainer.fit.train import SEED

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3_600)]
USERS = int(os.environ.get("SIMULATED_USERS", "30"))
DAYS = int(os.environ.get("SIMULATED_DAYS", "180"))
PAST = 5  # seed of the simulated past
FIRST = datetime(2025, 1, 1, tzinfo=UTC)


def bought() -> tuple[Model, Folds]:
    """Return the model of the purchase cards and their folds."""
    if purchases() is None:
        pytest.skip(f"LEDGERMIND_REAL_DATA names no folder with {PURCHASES}")
    return learn().trained.model, later_months()


def simulated() -> tuple[Model, Folds]:
    """Return a model of simulated people's transactions under their true categories, and the folds."""
    past = list(simulate(PAST, users=USERS, start=FIRST, days=DAYS, brands=brands()))
    vocabulary, documents = read_vocabulary()
    labels = [row.category or "" for row in past]
    table = build_table([row.transaction for row in past], labels, vocabulary=vocabulary)
    as_of = FIRST + timedelta(days=DAYS + 30)
    folds = split_by_time(table, choose_boundaries(table.occurred_at), as_of=int(as_of.timestamp()))
    cut_off = folds.boundaries.calibrate_from
    return fit_model(folds.train, vocabulary, documents, cut_off=cut_off, seed=SEED).model, folds


@pytest.mark.parametrize("data", [bought, simulated], ids=["purchase cards", "simulated"])
def test_what_each_method_gives(data: Callable[[], tuple[Model, Folds]]) -> None:
    model, folds = data()
    held, late = folds.calibrate, folds.gate
    raw, later = (model.raw(rows.descriptors, rows.numeric) for rows in (held, late))
    print(
        f"\n{len(held):,} rows to calibrate on, {(~raw.is_known).sum():,} without a history; {len(late):,} of the gate "
        f"fold, {(~later.is_known).sum():,} without"
    )
    trials = compare_methods(raw, held)
    for trial in trials:
        calibration = trial.calibration
        bent = sum(knots is not None for knots in calibration.knots)
        crossed = quality(trial.cross_fitted, held.labels)
        judged = quality(calibration.apply(later), late.labels)
        print(
            f"{trial.method:26} temperatures {calibration.temperature:.3f} {calibration.temperature_unknown:.3f}, "
            f"knots for {bent} | cross-fitted {' / '.join(f'{crossed[name]:.4f}' for name in MEASURES)} | "
            f"gate fold {' / '.join(f'{judged[name]:.4f}' for name in MEASURES)}",
            flush=True,
        )
    chosen = calibrate(raw, held)
    before, after = (quality(trial.calibration.apply(later), late.labels) for trial in (trials[0], chosen))
    print(f"chosen: {chosen.method}; {worsened(before, after) or 'not every measure is worse on the gate fold'}")
    print(f"{', '.join(MEASURES.values())}; a category needs {MIN_POSITIVES} labels of the fold for knots")
    losses = {trial.method: log_loss(trial.cross_fitted, held.labels) for trial in trials}
    assert losses[Method.BOTH] <= losses[Method.TEMPERATURE]
    assert losses[Method.ISOTONIC] <= losses[Method.NONE]
    assert log_loss(chosen.cross_fitted, held.labels) == min(losses.values())
