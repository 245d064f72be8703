"""Items come at their rate, not sooner; what is late is given up beyond a second, and none is lost."""

import pytest

from ops.kafka.rate_limit import LATE_SECONDS, NAP_SECONDS, RateError, pace


def never(seconds: float) -> None:
    raise AssertionError(f"it waits {seconds} s")


class Clock:
    """A clock that stands still but for naps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.naps = 100.0, list[float]()
        monkeypatch.setattr("ops.kafka.rate_limit.time.monotonic", lambda: self.now)

    def nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_that_moves_nothing_is_refused_before_the_first_item(rate: float) -> None:
    with pytest.raises(RateError, match="moves nothing"):
        pace([1], rate=rate)


def test_without_a_rate_nothing_is_waited_for() -> None:
    assert list(pace(range(3), rate=None, wait=never)) == [0, 1, 2]


def test_each_item_comes_when_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    times = [clock.now for _ in pace(range(5), rate=2.0, wait=clock.nap)]
    assert times == pytest.approx([100.0, 100.5, 101.0, 101.5, 102.0])
    assert max(clock.naps) <= NAP_SECONDS


def test_a_short_delay_is_made_good_and_a_long_one_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, times = Clock(monkeypatch), list[float]()
    for number in pace(range(40), rate=10.0, wait=clock.nap):
        times.append(clock.now)
        if number == 0:
            clock.now += 10.0
    assert times[1] == 110.0
    at_once = [time for time in times[1:] if time == pytest.approx(110.0)]
    assert len(at_once) == pytest.approx(LATE_SECONDS * 10, abs=2)
    assert times[-1] == pytest.approx(110.0 + (39 - len(at_once)) / 10, abs=0.2)


def test_no_item_is_no_wait() -> None:
    assert list(pace([], rate=1.0, wait=never)) == []
