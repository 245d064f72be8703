"""What records of the future say of a clock."""

import pytest

from streams.produce.clock_skew import DAY_SECONDS, VALID_SECONDS, ClockSkew


@pytest.mark.parametrize(
    ("ages", "seconds"),
    [
        pytest.param([0.2, 5.0], 0.0, id="records of the past"),
        pytest.param([0.2, -7_200.0, -3.0], 7_200.0, id="the farthest of the future"),
        pytest.param([-DAY_SECONDS - 1, -4.0], 4.0, id="one that is days ahead is the record's own fault"),
        pytest.param([], 0.0, id="nothing"),
    ],
)
def test_a_clock_is_behind_by_what_the_records_are_ahead(ages: list[float], seconds: float) -> None:
    skew = ClockSkew(clock=lambda: 100.0)
    skew.see(ages)
    assert skew.seconds() == seconds


def test_what_was_seen_long_ago_says_nothing() -> None:
    now = [0.0]
    skew = ClockSkew(clock=lambda: now[0])
    skew.see([-7_200.0])
    now[0] = VALID_SECONDS - 1
    assert skew.seconds() == 7_200.0
    now[0] = VALID_SECONDS
    assert skew.seconds() == 0.0
