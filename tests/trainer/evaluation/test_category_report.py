"""A category is judged by enough independent rows of enough merchants, none of which speaks for all."""

from dataclasses import replace

import numpy as np
import pytest

from schemas.taxonomy import CATEGORIES
from trainer.evaluation.category_report import (
    MAX_MERCHANT_SHARE,
    SUPPORT,
    CategoryReport,
    intervals,
    report_category,
    scores,
)
from trainer.evaluation.merchants import MIN_MERCHANTS

ENOUGH = CategoryReport(
    category="Cash", support=100, effective=SUPPORT, precision=0.9, recall=0.9, f1=0.9, served=80,
    served_precision=0.9, merchants=MIN_MERCHANTS, largest=MAX_MERCHANT_SHARE,
)  # fmt: skip


def test_what_is_just_enough_is_judged_and_misses_nothing() -> None:
    assert ENOUGH.is_judged
    assert ENOUGH.missing == 0


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        pytest.param({"effective": 25.0}, 100, id="half of the effective rows: as many again"),
        pytest.param({"effective": 0.0, "support": 0}, 0, id="no row says nothing of how many"),
        pytest.param({"merchants": MIN_MERCHANTS - 3}, 3, id="three merchants too few"),
        pytest.param({"largest": 0.75}, 50, id="one merchant has three quarters"),
    ],
)
def test_what_is_not_enough_is_not_judged_and_says_about_how_many_rows_are_missing(
    changed: dict[str, float], missing: int
) -> None:
    report = replace(ENOUGH, **changed)  # type: ignore[arg-type]
    assert not report.is_judged
    assert report.missing == missing


@pytest.mark.parametrize(
    ("best", "labels", "expected"),
    [
        pytest.param([0, 0, 1], [0, 1, 1], (0.5, 1.0, 2 / 3), id="one wrongly named"),
        pytest.param([1, 1], [0, 0], (0.0, 0.0, 0.0), id="never named"),
        pytest.param([0, 0], [1, 1], (0.0, 0.0, 0.0), id="no label"),
        pytest.param([], [], (0.0, 0.0, 0.0), id="no row"),
    ],
)
def test_scores_have_a_value_where_they_have_no_meaning(
    best: list[int], labels: list[int], expected: tuple[float, float, float]
) -> None:
    found = scores(np.array(best, dtype=np.int64), np.array(labels, dtype=np.int64), 0)
    assert found == pytest.approx(expected)


def test_a_report_counts_rows_merchants_and_what_was_served() -> None:
    labels = np.array([0, 0, 0, 0, 1], dtype=np.int64)
    best = np.array([0, 0, 0, 1, 0], dtype=np.int64)
    served = np.array([True, True, False, True, True])
    report = report_category(0, best, labels, served, ["a", "a", "a", "b", "c"])
    assert (report.category, report.support, report.merchants) == (CATEGORIES[0].value, 4, 2)
    assert (report.largest, report.served) == (0.75, 3)
    assert report.served_precision == pytest.approx(2 / 3)  # of what was named, also of another's row
    assert report.effective <= report.support
    assert (report.f1_low, report.f1_high) == (0.0, 1.0)


def test_nothing_served_has_no_precision() -> None:
    labels = np.zeros(3, dtype=np.int64)
    assert report_category(0, labels, labels, np.zeros(3, dtype=np.bool_), ["a"] * 3).served_precision is None


def test_an_interval_needs_merchants_to_draw_from_and_holds_the_score() -> None:
    labels = np.repeat(np.array([0, 1], dtype=np.int64), 200)
    best = labels.copy()
    best[::10] = 1 - best[::10]
    keys = [f"shop {row % 40}" for row in range(200)] + ["one shop"] * 200
    found = intervals(best, labels, keys, seed=7)
    low, high = found.categories[CATEGORIES[0].value]
    assert 0.0 < low < scores(best, labels, 0)[2] < high < 1.0
    assert found.categories[CATEGORIES[1].value] == (0.0, 1.0)
    assert found == intervals(best, labels, keys, seed=7)
