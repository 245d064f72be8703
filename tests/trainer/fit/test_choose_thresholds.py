"""Thresholds: a bar keeps its promise, and merchants count more than rows."""

import numpy as np
import numpy.typing as npt
import pytest

from schemas.taxonomy import CATEGORIES, Category
from scorer.model.known_words import WordingEvidence
from scorer.model.threshold_setting import MUTED
from scorer.model.thresholds import Threshold
from trainer.fit.choose_thresholds import REFUTED, SHARES, UNPROVEN, choose_thresholds
from trainer.fit.precision_bound import lower_bound


def words(rows: int) -> npt.NDArray[np.uint8]:
    return np.full(rows, WordingEvidence.WORDS, dtype=np.uint8)


def chosen(
    right_share: float, confidence: float, *, merchants: int = 400, rows: int = 2_000, labels_times: float = 1.0
) -> Threshold:
    dice = np.random.default_rng(2)
    shares = np.full((rows, 22), (1 - confidence) / 21)
    shares[:, 0] = confidence
    keys = [str(number) for number in dice.integers(0, merchants, rows)]
    labels = np.where(dice.random(rows) < right_share, 0, 1)
    return choose_thresholds(
        shares, labels, keys, is_known=np.ones(rows, dtype=bool), evidence=words(rows), labels_times=labels_times
    ).by_category[Category("Groceries")]


def test_a_category_that_is_right_often_enough_gets_the_lowest_bar() -> None:
    threshold = chosen(0.97, 0.95)
    assert threshold.value == 0.40
    assert threshold.bound is not None
    assert threshold.bound >= 0.9


def test_a_category_that_is_too_often_wrong_is_muted_however_sure_it_is() -> None:
    assert chosen(0.6, 0.995).value == MUTED


def test_a_few_merchants_prove_nothing_however_many_rows_they_have() -> None:
    threshold = chosen(1.0, 0.95, merchants=3)
    assert (threshold.value, threshold.bound, threshold.note) == (MUTED, None, UNPROVEN)


def test_a_category_without_rows_is_muted_where_nothing_proves_a_shared_threshold() -> None:
    shares = np.full((50, 22), 0.5 / 21)
    shares[:, 1] = 0.5
    known = np.ones(50, dtype=bool)
    thresholds = choose_thresholds(
        shares, np.ones(50, dtype=np.int64), ["m"] * 50, is_known=known, evidence=words(50)
    ).by_category
    assert thresholds[Category("Cash")].value == MUTED


@pytest.mark.parametrize("right_share", [0.97, 0.4], ids=["right", "refuted"])
def test_categories_that_prove_nothing_alone_share_what_they_prove_together(right_share: float) -> None:
    """Six categories of ten merchants each; the first is right as often as told, the others nearly always."""
    dice = np.random.default_rng(2)
    merchant = np.repeat(np.arange(60), 20)
    named, confidence = merchant // 10, dice.uniform(0.8, 0.99, 1_200)
    shares = np.repeat((1 - confidence)[:, None] / 21, 22, axis=1)
    shares[np.arange(1_200), named] = confidence
    right = dice.random(1_200) < np.where(named == 0, right_share, 0.995)
    labels = np.where(right, named, 21)
    keys = [str(number) for number in merchant]
    thresholds = choose_thresholds(
        shares, labels, keys, is_known=np.ones(1_200, dtype=bool), evidence=words(1_200), target_precision=0.8
    )
    assert thresholds.shared is not None
    assert thresholds.shared.bound is not None
    first, *others = (thresholds.by_category[category] for category in CATEGORIES[:6])
    assert {(other.value, other.bound, other.note) for other in others} == {(thresholds.shared.value, None, SHARES)}
    assert (first.value, first.note) == ((thresholds.shared.value, SHARES) if right_share > 0.9 else (MUTED, REFUTED))


@pytest.mark.parametrize("effect", [2.0, 5.0])
def test_dependent_rows_lower_the_bound(effect: float) -> None:
    right, rows = np.array([95.0, 95.0]), np.array([100.0, 100.0])
    dependent, independent = lower_bound(right, rows, np.array([effect, 1.0]), confidence=0.9)
    assert dependent < independent < 0.95


def test_with_more_labels_a_category_is_proven_that_is_not_now() -> None:
    few = chosen(0.92, 0.93, merchants=60, rows=200)
    more = chosen(0.92, 0.93, merchants=60, rows=200, labels_times=20.0)
    assert few.bound is None
    assert more.bound is not None


def test_merchants_without_a_history_are_not_vouched_for_by_those_that_have_one() -> None:
    dice = np.random.default_rng(2)
    confidence = dice.uniform(0.7, 0.99, 12_000)
    shares = np.repeat((1 - confidence)[:, None] / 21, 22, axis=1)
    shares[:, 0] = confidence
    is_known = np.arange(12_000) < 3_000
    right = dice.random(12_000) < np.where(is_known, 0.98, confidence - 0.02)
    labels = np.where(right, 0, 1)
    keys = [str(row) for row in range(12_000)]
    threshold = choose_thresholds(shares, labels, keys, is_known=is_known, evidence=words(12_000)).by_category[
        Category("Groceries")
    ]
    assert threshold.unknown is not None
    assert threshold.value < threshold.unknown
    served = confidence >= np.where(is_known, threshold.value, threshold.unknown)
    assert right[served & ~is_known].mean() >= 0.9 > right[(confidence >= threshold.value) & ~is_known].mean()
