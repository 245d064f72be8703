"""Tests go from a safe threshold downwards and end at the first that fails, whatever would hold further below."""

import numpy as np
import pytest

from trainer.fit.fixed_sequence import CANDIDATE_THRESHOLDS, lowest_proven, merchants_needed, sequence_of
from trainer.fit.precision_bound import GradedAnswers

LEVEL, TARGET = 0.9, 0.9


def graded(*parts: tuple[float, float, int]) -> GradedAnswers:
    """Return answers of (confidence, share that is right, rows), each row of a merchant of its own."""
    confidence = np.concatenate([np.full(rows, sure) for sure, _, rows in parts])
    is_right = np.concatenate([np.arange(rows) < round(share * rows) for _, share, rows in parts])
    return GradedAnswers(confidence, is_right, np.arange(len(confidence)), np.zeros(len(confidence), dtype=np.int64))


def proven(answers: GradedAnswers, **changes: float) -> float | None:
    found = lowest_proven(answers, sequence_of(answers, level=LEVEL, target=TARGET, **changes))
    return None if found is None else found.value


@pytest.mark.parametrize(("level", "target", "needed"), [(0.9, 0.9, 22), (0.95, 0.9, 29), (0.9, 0.5, 4)])
def test_so_many_merchants_prove_the_target_where_all_are_right(level: float, target: float, needed: int) -> None:
    assert merchants_needed(level, target) == needed
    assert target**needed <= 1.0 - level < target ** (needed - 1)


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        pytest.param([(0.99, 1.0, 500)], min(CANDIDATE_THRESHOLDS), id="all sure and right: the lowest candidate"),
        pytest.param([(0.99, 1.0, 500), (0.62, 0.2, 500)], 0.65, id="wrong below: the last that holds"),
        pytest.param([(0.99, 1.0, 21)], None, id="too few merchants"),
        pytest.param([(0.99, 0.5, 500)], None, id="sure and wrong"),
        pytest.param([(0.3, 1.0, 500)], None, id="below every candidate"),
    ],
)
def test_the_lowest_threshold_of_an_unbroken_row_of_proofs_is_found(
    parts: list[tuple[float, float, int]], value: float | None
) -> None:
    assert proven(graded(*parts)) == value


def test_what_holds_again_below_a_failure_is_not_found() -> None:
    answers = graded((0.99, 1.0, 400), (0.82, 0.0, 100), (0.57, 1.0, 5_000))
    assert proven(answers) == 0.85


def test_more_labels_as_right_as_these_prove_no_less() -> None:
    answers = graded((0.99, 1.0, 60), (0.72, 0.93, 60))
    few, many = proven(answers), proven(answers, labels=np.inf)
    assert few is not None and many is not None
    assert many <= few


def test_the_proof_holds_what_was_counted_there() -> None:
    answers = graded((0.99, 1.0, 400), (0.62, 0.2, 400))
    sequence = sequence_of(answers, level=LEVEL, target=TARGET)
    found = lowest_proven(answers, sequence)
    assert found is not None
    assert found.bound >= TARGET
    assert found.counts.rows.tolist() == [400.0]
    assert sequence.count_at(answers, found.value).rows.tolist() == [400.0]
    with pytest.raises(IndexError):
        sequence.count_at(answers, 0.123)
