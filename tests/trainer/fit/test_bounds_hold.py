"""Bounds hold over the choice of the threshold: 1,000 calibration folds of which the true precision is known.

The scan that was here before, which takes the lowest threshold that passes, breaks its word on the same folds.
"""

from typing import NamedTuple

import numpy as np
import pytest

from schemas.taxonomy import CATEGORIES
from scorer.model.threshold_setting import MUTED
from tests.trainer.fit.bound_simulation import Population, Precision, Truth
from trainer.fit import choose_thresholds, proven_thresholds
from trainer.fit.fixed_sequence import CANDIDATE_THRESHOLDS, merchants_needed
from trainer.fit.held_rows import HeldRows
from trainer.fit.precision_bound import GradedAnswers, correlations, count_answers, lower_bound
from trainer.fit.proven_thresholds import prove_thresholds

DRAWS = 1_000
TARGET = 0.9
DOWNWARDS = np.array(CANDIDATE_THRESHOLDS[::-1])


def just_too_low(confidence: np.ndarray) -> np.ndarray:
    return np.full_like(confidence, TARGET - 0.01)


def too_sure(confidence: np.ndarray) -> np.ndarray:
    return confidence - 0.08


def as_it_says(confidence: np.ndarray) -> np.ndarray:
    return confidence


def good(confidence: np.ndarray) -> np.ndarray:
    return np.full_like(confidence, 0.97)


class Missed(NamedTuple):
    """In how many of the draws: a category's proof was wrong, was given, everything's proof was wrong, was given."""

    wrong: np.ndarray
    given: np.ndarray
    all_wrong: float
    all_given: float


def play(precisions: tuple[Precision, ...], *, merchants: int, seed: int) -> Missed:
    """Choose thresholds on every draw and hold them against the truth."""
    population, random = Population(precisions, merchants), np.random.default_rng(seed)
    truth, names = population.truth(), CATEGORIES[: len(precisions)]
    wrong, given = np.zeros(len(names)), np.zeros(len(names))
    all_wrong = all_given = 0
    for _ in range(DRAWS):
        thresholds = prove_thresholds(population.draw(random), fragments=MUTED, target_precision=TARGET).thresholds
        for place, name in enumerate(names):
            threshold = thresholds.by_category[name]
            if threshold.bound is not None:
                given[place] += 1
                wrong[place] += truth.precision(place, threshold.value) < TARGET
        everything = truth.of_everything(thresholds.values()[: len(names)])
        assert thresholds.everything is not None
        if thresholds.everything.bound is not None and everything is not None:
            all_given += 1
            all_wrong += everything < TARGET
    return Missed(wrong / DRAWS, given / DRAWS, all_wrong / DRAWS, all_given / DRAWS)


@pytest.mark.parametrize(
    ("precisions", "merchants"),
    [
        pytest.param((just_too_low, as_it_says, too_sure, good), 120, id="categories of all kinds"),
        pytest.param((just_too_low,) * 4, 60, id="every category just too often wrong"),
    ],
)
def test_precision_is_below_the_wanted_one_in_no_more_draws_than_stated(
    precisions: tuple[Precision, ...], merchants: int
) -> None:
    missed = play(precisions, merchants=merchants, seed=4)
    assert (missed.wrong <= 1.0 - choose_thresholds.CONFIDENCE).all(), missed
    assert missed.all_wrong <= 1.0 - proven_thresholds.CONFIDENCE, missed
    if good in precisions:  # silence everywhere would miss nothing
        assert missed.given[precisions.index(good)] > 0.5, missed
        assert missed.all_given > 0.5, missed


def test_where_nothing_is_proven_of_everything_categories_keep_theirs_for_shadow_mode_and_it_says_so() -> None:
    held = Population((good,) * 4, 8).draw(np.random.default_rng(4))
    thresholds = prove_thresholds(held, fragments=MUTED, target_precision=TARGET).thresholds
    assert thresholds.shared is not None
    assert thresholds.everything is not None
    assert (thresholds.everything.value, thresholds.everything.bound) == (MUTED, None)
    assert {threshold.value for threshold in thresholds.by_category.values()} <= {thresholds.shared.value, MUTED}


def scan_upwards(held: HeldRows, level: float) -> list[float]:
    """Return each category's lowest threshold whose bound passes, as it was chosen before."""
    best = held.shares.argmax(axis=1)
    answers = GradedAnswers(held.shares.max(axis=1), best == held.labels, held.merchant, best)
    together = correlations(answers, DOWNWARDS)
    found = []
    for category in np.unique(best):
        counts = count_answers(answers.rows(best == category), DOWNWARDS, together)
        bounds = lower_bound(counts.right, counts.rows, counts.effect, confidence=level)
        passes = (bounds >= TARGET) & (counts.merchants >= merchants_needed(level, TARGET))
        found.append(float(DOWNWARDS[np.flatnonzero(passes)[-1]]) if passes.any() else MUTED)
    return found


@pytest.mark.parametrize("level", [0.7, choose_thresholds.CONFIDENCE])
def test_the_lowest_threshold_that_passes_is_too_low_in_more_draws_than_its_bound_states(level: float) -> None:
    population, random = Population((just_too_low,) * 4, 60), np.random.default_rng(4)
    truth: Truth = population.truth()
    wrong = 0
    for _ in range(DRAWS):
        values = scan_upwards(population.draw(random), level)
        wrong += sum(value < MUTED and truth.precision(place, value) < TARGET for place, value in enumerate(values))
    assert wrong / DRAWS / 4 > 1.0 - level
