"""A wait ends when its condition holds, says what was missing when it does not, and lets work that moves go on."""

import time
from collections.abc import Iterator

import pytest

from ops import patience
from ops.patience import VARIABLE, wait_for, wait_until_none_left


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "BASE_SECONDS", 0.3)
    monkeypatch.delenv(VARIABLE, raising=False)


def test_what_is_found_is_returned_and_a_refusal_is_not_yet() -> None:
    answers: Iterator[Exception | list[str]] = iter([ConnectionError("away"), [], ["found"]])

    def look() -> list[str]:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert wait_for(look, "an answer", refusals=(ConnectionError,), every_seconds=0.001) == ["found"]


def test_a_wait_that_is_over_says_what_was_there_instead_and_why_the_last_look_failed() -> None:
    def look() -> bool:
        raise ConnectionError("away")

    with pytest.raises(TimeoutError, match="still no broker, it says 7") as over:
        wait_for(look, lambda: "broker, it says 7", refusals=(ConnectionError,), every_seconds=0.01)
    assert str(over.value.__cause__) == "away"


def test_an_error_that_nobody_expected_is_not_waited_through() -> None:
    begun = time.monotonic()
    with pytest.raises(KeyError):
        wait_for(lambda: dict[str, int]()["x"], "nothing", refusals=(ConnectionError,))
    assert time.monotonic() - begun < patience.patience_seconds()


def test_work_that_becomes_less_may_take_longer_than_patience_and_one_that_stands_still_may_not() -> None:
    left = iter(range(40, -1, -1))
    wait_until_none_left(lambda: next(left), "records", every_seconds=0.02)
    with pytest.raises(TimeoutError, match="7 records are left"):
        wait_until_none_left(lambda: 7, "records", every_seconds=0.02)


def test_a_slower_machine_waits_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "3")
    assert patience.patience_seconds() == pytest.approx(0.9)
