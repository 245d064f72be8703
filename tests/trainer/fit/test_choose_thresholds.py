"""Thresholds: a bar keeps its promise, and merchants count more than rows."""

import numpy as np
import numpy.typing as npt
import pytest

from schemas.taxonomy import Category
from scorer.model.known_words import Evidence
from scorer.model.thresholds import MUTED, Threshold
from trainer.fit.choose_thresholds import choose_thresholds, lower_bound


def words(rows: int) -> npt.NDArray[np.uint8]:
    return np.full(rows, Evidence.WORDS, dtype=np.uint8)


def chosen(right_share: float, confidence: float, *, merchants: int = 400, rows: int = 2_000) -> Threshold:
    dice = np.random.default_rng(2)
    shares = np.full((rows, 22), (1 - confidence) / 21)
    shares[:, 0] = confidence
    keys = [str(number) for number in dice.integers(0, merchants, rows)]
    labels = np.where(dice.random(rows) < right_share, 0, 1)
    return choose_thresholds(
        shares, labels, keys, is_known=np.ones(rows, dtype=bool), evidence=words(rows)
    ).by_category[Category.GROCERIES]


def test_a_category_that_is_right_often_enough_gets_the_lowest_bar() -> None:
    threshold = chosen(0.97, 0.95)
    assert threshold.value == 0.40
    assert threshold.bound is not None
    assert threshold.bound >= 0.9


def test_a_category_that_is_too_often_wrong_is_muted_however_sure_it_is() -> None:
    assert chosen(0.6, 0.995).value == MUTED


def test_a_few_merchants_prove_nothing_however_many_rows_they_have() -> None:
    threshold = chosen(1.0, 0.95, merchants=3)
    assert threshold.bound is None
    assert "too little evidence" in threshold.note


def test_a_category_without_rows_takes_the_wanted_precision() -> None:
    shares = np.full((50, 22), 0.5 / 21)
    shares[:, 1] = 0.5
    known = np.ones(50, dtype=bool)
    thresholds = choose_thresholds(
        shares, np.ones(50, dtype=np.int64), ["m"] * 50, is_known=known, evidence=words(50)
    ).by_category
    assert thresholds[Category.CASH].value == 0.9


@pytest.mark.parametrize("effect", [2.0, 5.0])
def test_dependent_rows_lower_the_bound(effect: float) -> None:
    assert lower_bound(95, 100, effect=effect) < lower_bound(95, 100, effect=1.0) < 0.95


def test_merchants_without_a_history_are_not_vouched_for_by_those_that_have_one() -> None:
    dice = np.random.default_rng(2)
    confidence = dice.uniform(0.7, 0.99, 4_000)
    shares = np.repeat((1 - confidence)[:, None] / 21, 22, axis=1)
    shares[:, 0] = confidence
    is_known = np.arange(4_000) < 3_000
    right = dice.random(4_000) < np.where(is_known, 0.98, confidence - 0.02)
    labels = np.where(right, 0, 1)
    keys = [str(row) for row in range(4_000)]
    threshold = choose_thresholds(shares, labels, keys, is_known=is_known, evidence=words(4_000)).by_category[
        Category.GROCERIES
    ]
    assert threshold.unknown is not None
    assert threshold.value < threshold.unknown
    served = confidence >= np.where(is_known, threshold.value, threshold.unknown)
    assert right[served & ~is_known].mean() >= 0.9 > right[(confidence >= threshold.value) & ~is_known].mean()
