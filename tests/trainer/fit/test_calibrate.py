"""Calibration: the method is chosen by rows that it was not fitted on, and warm merchants say nothing of cold ones."""

import numpy as np
import numpy.typing as npt
import pytest

from scorer.model.calibration import RawScores
from scorer.model.known_words import WordingEvidence
from tests.support.small_dataset import table
from trainer.dataset.table import TrainingTable
from trainer.evaluation.calibration_effect import MEASURES, quality, worsened
from trainer.evaluation.evaluate import log_loss
from trainer.fit.calibrate import MIN_POSITIVES, Method, calibrate, compare_methods
from trainer.fit.choose_thresholds import MIN_UNKNOWN_ROWS

ROWS = 2_000  # of the small past's table, whose wordings play no part here
_CATEGORIES = 22


def fold(labels: npt.NDArray[np.int64], keys: tuple[str, ...]) -> TrainingTable:
    """Return a fold of these labels and merchants."""
    plain = table().rows(np.arange(len(labels)))
    columns = {name: getattr(plain, name) for name in TrainingTable.__slots__}
    return TrainingTable(**columns | {"labels": labels, "keys": keys})


def drawn(seed: int, *, sharpness: float = 1.0, few: int = 4) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Return scores over a ``few`` categories and labels drawn from them; what the scores say is too weak by a factor.

    A temperature of 1 / ``sharpness`` is right for them.
    """
    dice = np.random.default_rng(seed)
    scores = np.full((ROWS, _CATEGORIES), -30.0)
    scores[:, :few] = dice.normal(size=(ROWS, few)) * 2
    chances = np.exp(scores * sharpness)
    chances /= chances.sum(axis=1, keepdims=True)
    labels = np.array([dice.choice(_CATEGORIES, p=row) for row in chances])
    return scores.astype(np.float32), labels


def raw_scores(scores: npt.NDArray[np.float32], is_known: npt.NDArray[np.bool_]) -> RawScores:
    return RawScores(scores, is_known, np.full(len(scores), WordingEvidence.WORDS, dtype=np.uint8))


def merchants(count: int) -> tuple[str, ...]:
    return tuple(f"merchant {row % count}" for row in range(ROWS))


@pytest.mark.parametrize("unknown", [0, 1, MIN_UNKNOWN_ROWS - 1])
def test_few_rows_without_a_history_are_never_made_surer_than_the_model_is(unknown: int) -> None:
    scores, labels = drawn(1, sharpness=3.0)
    is_known = np.arange(ROWS) >= unknown
    calibration = calibrate(raw_scores(scores, is_known), fold(labels, merchants(500))).calibration
    assert calibration.temperature < 0.5
    assert calibration.temperature_unknown >= 1.0


def test_where_the_model_is_too_sure_of_known_merchants_it_is_of_few_unknown_ones_too() -> None:
    scores, labels = drawn(1, sharpness=0.5)
    calibration = calibrate(raw_scores(scores, np.arange(ROWS) >= 50), fold(labels, merchants(500))).calibration
    assert calibration.temperature_unknown == calibration.temperature > 1.5


@pytest.mark.parametrize(("count", "is_sharp"), [(2, False), (500, True)], ids=["two merchants", "many merchants"])
def test_a_temperature_of_their_own_asks_for_rows_of_many_merchants(count: int, is_sharp: bool) -> None:
    scores, labels = drawn(2, sharpness=3.0)
    keys = tuple(f"merchant {row % (count if row < 500 else 400)}" for row in range(ROWS))
    calibration = calibrate(raw_scores(scores, np.arange(ROWS) >= 500), fold(labels, keys)).calibration
    assert (calibration.temperature_unknown < 1.0) is is_sharp


def test_the_method_of_the_least_cross_fitted_loss_is_taken_and_knots_never_raise_it() -> None:
    scores, labels = drawn(3, sharpness=2.0)
    scores[:, 0] = np.tanh(scores[:, 0])  # no temperature mends this
    raw, rows = raw_scores(scores, np.ones(ROWS, dtype=bool)), fold(labels, merchants(500))
    losses = {trial.method: log_loss(trial.cross_fitted, labels) for trial in compare_methods(raw, rows)}
    assert losses[Method.BOTH] < losses[Method.TEMPERATURE] < losses[Method.NONE]
    assert losses[Method.ISOTONIC] < losses[Method.NONE]
    chosen = calibrate(raw, rows)
    assert losses[chosen.method] == min(losses.values())
    assert chosen.calibration.method == chosen.method


def test_a_category_has_knots_where_they_help_and_another_has_none() -> None:
    """Category 0 is bent by what no temperature mends; category 5 has too few labels for knots."""
    scores, labels = drawn(4)
    scores[:, 0] = np.where(scores[:, 0] > 0, 4.0, scores[:, 0])
    rare = np.flatnonzero(labels == 3)[MIN_POSITIVES - 1 :]
    labels[rare] = 2
    knots = calibrate(raw_scores(scores, np.ones(ROWS, dtype=bool)), fold(labels, merchants(500))).calibration.knots
    assert knots[0] is not None
    assert knots[3] is None
    assert knots[5:] == (None,) * (_CATEGORIES - 5)


def test_knots_that_hold_for_the_merchants_they_were_fitted_on_only_are_left_out() -> None:
    """Each merchant has a label of its own, whatever its scores say: what one teaches is false for the others."""
    dice = np.random.default_rng(5)
    scores = np.full((ROWS, _CATEGORIES), -30.0, dtype=np.float32)
    scores[:, :4] = 0.0
    keys = merchants(20)
    own = dice.permutation(np.arange(20) % 4)
    level = dice.normal(size=20)  # a merchant's rows all have nearly the same score
    place = np.arange(ROWS) % 20
    scores[:, 0] = level[place]
    labels = own[place]
    trials = compare_methods(raw_scores(scores, np.ones(ROWS, dtype=bool)), fold(labels, keys))
    losses = [log_loss(trial.cross_fitted, labels) for trial in trials]
    bent = [sum(knots is not None for knots in trial.calibration.knots) for trial in trials]
    assert losses[3] <= losses[1]
    assert losses[2] <= losses[0]
    assert max(bent) < 4


def test_probabilities_that_mean_what_they_say_are_left_as_they_are_or_hardly_changed() -> None:
    scores, labels = drawn(6)
    chosen = calibrate(raw_scores(scores, np.ones(ROWS, dtype=bool)), fold(labels, merchants(500)))
    assert chosen.calibration.temperature == pytest.approx(1.0, abs=0.1)


BEFORE = {"log_loss": 0.5, "brier": 0.3, "ece": 0.02, "class_wise_ece": 0.01}


@pytest.mark.parametrize("better", [*MEASURES, None])
def test_a_calibration_is_held_to_be_worse_only_where_every_measure_is(better: str | None) -> None:
    after = {name: value * (0.9 if name == better else 1.1) for name, value in BEFORE.items()}
    said = worsened(BEFORE, after)
    assert (said is None) is (better is not None)
    if said is not None:
        assert "log-loss 0.5000 to 0.5500, Brier score 0.3000 to 0.3300, ECE 0.0200 to 0.0220" in said


def test_a_calibration_that_changes_nothing_has_not_worsened_anything() -> None:
    shares = np.full((3, _CATEGORIES), 1 / _CATEGORIES)
    measured = quality(shares, np.array([0, 1, 2]))
    assert worsened(measured, measured) is None
