"""The breaker opens after failures in a row, lets one call try after a pause, and closes when that succeeds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.process.circuit_breaker import FAILURES_TO_OPEN, OPEN_SECONDS, Breaker


def opened(*, at: float = 100.0) -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN):
        breaker.failed(now=at)
    return breaker


def test_a_new_breaker_lets_calls_pass() -> None:
    assert Breaker().allows(now=0.0)


def test_it_stays_closed_until_the_last_failure_that_it_takes() -> None:
    breaker = Breaker()
    for number in range(FAILURES_TO_OPEN):
        assert breaker.allows(now=float(number))
        breaker.failed(now=float(number))
    assert not breaker.allows(now=FAILURES_TO_OPEN - 1.0)


@pytest.mark.parametrize(
    ("waited", "allowed"),
    [
        pytest.param(0.0, False, id="at once"),
        pytest.param(OPEN_SECONDS - 0.01, False, id="just before the pause is over"),
        pytest.param(OPEN_SECONDS, True, id="when the pause is over"),
        pytest.param(3_600.0, True, id="an hour later"),
    ],
)
def test_an_open_breaker_lets_a_call_try_after_the_pause(waited: float, allowed: bool) -> None:
    assert opened(at=100.0).allows(now=100.0 + waited) is allowed


def test_a_try_that_fails_opens_it_for_another_pause() -> None:
    breaker = opened(at=0.0)
    breaker.failed(now=OPEN_SECONDS)
    assert not breaker.allows(now=2 * OPEN_SECONDS - 0.01)
    assert breaker.allows(now=2 * OPEN_SECONDS)


def test_a_try_that_succeeds_closes_it_and_forgets_the_failures() -> None:
    breaker = opened(at=0.0)
    breaker.succeeded()
    assert breaker.allows(now=0.0)
    breaker.failed(now=0.0)
    assert breaker.allows(now=0.0)


@given(st.lists(st.booleans(), max_size=40))
def test_it_is_open_exactly_when_the_last_calls_all_failed(outcomes: list[bool]) -> None:
    breaker = Breaker()
    for succeeded in outcomes:
        breaker.succeeded() if succeeded else breaker.failed(now=0.0)
    last = outcomes[-FAILURES_TO_OPEN:]
    assert breaker.allows(now=0.0) is (len(last) < FAILURES_TO_OPEN or any(last))
