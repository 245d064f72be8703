"""What a model expects of itself is the mean confidence of its last answers, once there are enough of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.monitoring.cbpe import MIN_ANSWERS, WINDOW, ExpectedAccuracy


def test_nothing_is_said_below_the_least_number_of_answers() -> None:
    expected = ExpectedAccuracy()
    assert expected.value is None
    expected.add([])
    expected.add([0.5] * (MIN_ANSWERS - 1))
    assert expected.value is None
    expected.add([0.5])
    assert expected.value == pytest.approx(0.5)


def test_what_is_older_than_the_window_is_forgotten_in_whole_batches() -> None:
    expected = ExpectedAccuracy()
    expected.add([0.0] * 1_000)
    for _ in range(WINDOW // 1_000):
        expected.add([1.0] * 1_000)
    assert expected.value == pytest.approx(1.0)


def test_a_batch_that_is_partly_needed_stays_whole() -> None:
    expected = ExpectedAccuracy()
    expected.add([0.0] * WINDOW)
    expected.add([1.0] * (WINDOW - 1))
    assert expected.value == pytest.approx((WINDOW - 1) / (2 * WINDOW - 1))
    expected.add([1.0])
    assert expected.value == pytest.approx(1.0)


@given(st.lists(st.lists(st.floats(0, 1), max_size=60), max_size=30))
def test_within_the_window_it_is_the_plain_mean(batches: list[list[float]]) -> None:
    expected = ExpectedAccuracy()
    for batch in batches:
        expected.add(batch)
    flat = [confidence for batch in batches for confidence in batch]
    wanted = sum(flat) / len(flat) if len(flat) >= MIN_ANSWERS else None
    assert expected.value == (None if wanted is None else pytest.approx(wanted))
