"""Rows of one merchant are worth less than independent ones, and few rows prove less than many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.intervals import clopper_pearson_low
from trainer.fit.precision_bound import GradedAnswers, correlations, count_answers, lower_bound

THRESHOLDS = np.array([0.9, 0.5])


def answers(rows: list[tuple[float, bool, int, int]]) -> GradedAnswers:
    """Return answers of (confidence, whether right, merchant, category)."""
    return GradedAnswers(
        np.array([row[0] for row in rows], dtype=np.float64),
        np.array([row[1] for row in rows], dtype=np.bool_),
        np.array([row[2] for row in rows], dtype=np.int64),
        np.array([row[3] for row in rows], dtype=np.int64),
    )


def bound(right: float, rows: float, effect: float) -> float:
    found = lower_bound(np.array([right]), np.array([rows]), np.array([effect]), confidence=0.9)
    return float(found[0])


@pytest.mark.parametrize(
    ("right", "rows", "effect", "expected"),
    [
        pytest.param(0.0, 0.0, 1.0, 0.0, id="no row"),
        pytest.param(0.0, 9.0, 1.0, 0.0, id="none right"),
        pytest.param(9.0, 12.0, 0.0, 0.75, id="infinitely many rows"),
        pytest.param(0.0, 0.0, 0.0, 0.0, id="infinitely many times none"),
    ],
)
def test_a_bound_at_its_edges(right: float, rows: float, effect: float, expected: float) -> None:
    assert bound(right, rows, effect) == expected


@given(st.integers(1, 400), st.integers(0, 400), st.floats(1.0, 20.0))
def test_a_larger_effect_and_fewer_right_rows_never_raise_a_bound(right: int, wrong: int, effect: float) -> None:
    rows = float(right + wrong)
    found = bound(right, rows, effect)
    assert found <= bound(right, rows, 1.0) + 1e-12
    assert found <= right / rows + 1e-12
    assert bound(right - 1, rows, effect) <= found + 1e-12
    assert bound(right, rows, 1.0) == pytest.approx(float(clopper_pearson_low(right, wrong, tail=0.1)))


def test_answers_count_from_the_thresholds_that_they_reach() -> None:
    found = count_answers(
        answers([(0.95, True, 0, 0), (0.9, False, 1, 0), (0.6, True, 1, 0), (0.1, True, 2, 0)]),
        THRESHOLDS,
        np.zeros(2),
    )
    assert found.rows.tolist() == [2.0, 3.0]
    assert found.right.tolist() == [1.0, 2.0]
    assert found.merchants.tolist() == [2.0, 2.0]
    assert found.confident.tolist() == pytest.approx([1.85, 2.45])
    assert (found.effect >= found.foreseen_effect).all()
    assert found.at(1).rows.tolist() == [3.0]


def test_without_an_answer_nothing_is_counted() -> None:
    found = count_answers(answers([]), THRESHOLDS, np.zeros(2))
    assert (found.rows.tolist(), found.merchants.tolist()) == ([0.0, 0.0], [0.0, 0.0])
    assert found.effect.tolist() == [1.0, 1.0]


def test_the_effect_is_kish_s_where_merchants_show_none_of_their_own() -> None:
    rows = [(0.95, True, merchant, 0) for merchant in range(3) for _ in range(4)]
    found = count_answers(answers(rows), THRESHOLDS, np.full(2, 0.5))
    assert found.foreseen_effect.tolist() == pytest.approx([1.0 + 0.5 * 3] * 2)
    assert found.effect.tolist() == found.foreseen_effect.tolist()


def test_more_labels_are_worth_so_many_times_as_much() -> None:
    rows = answers([(0.95, True, merchant, 0) for merchant in range(3) for _ in range(4)])
    once, twice = (count_answers(rows, THRESHOLDS, np.full(2, 0.5), labels=labels) for labels in (1.0, 2.0))
    assert (twice.effect * 2).tolist() == pytest.approx(once.effect.tolist())
    assert count_answers(rows, THRESHOLDS, np.full(2, 0.5), labels=np.inf).effect.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("rows", "correlation"),
    [
        pytest.param([(0.95, True, 0, 0), (0.95, False, 1, 0)], 0.0, id="one row a merchant"),
        pytest.param([(0.95, is_right, is_right, 0) for is_right in (True, False) for _ in range(50)], 1.0, id="alike"),
        pytest.param([(0.95, bool(row % 2), row // 2, 0) for row in range(100)], 0.0, id="against each other"),
        pytest.param([(0.95, True, 0, 0)] * 9, 0.0, id="all right"),
        pytest.param([], 0.0, id="none"),
    ],
)
def test_rows_of_a_merchant_are_right_together_or_not(
    rows: list[tuple[float, bool, int, int]], correlation: float
) -> None:
    assert correlations(answers(rows), THRESHOLDS).tolist() == pytest.approx([correlation] * 2)
