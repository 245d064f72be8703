"""A position that the broker does not have is told with the command that moves it on, and which way."""

import pytest

from streams.landing.gaps import LandingGap


@pytest.mark.parametrize(
    ("gap", "removed", "says", "to"),
    [
        pytest.param((10, 1_510, 2_000), 1_500, "up to 1,500 records were removed", "earliest", id="retention"),
        pytest.param((10, 0, 5), 0, "the broker has lost its end", "end", id="lost end"),
    ],
)
def test_the_message_says_what_is_lost_and_where_to_go_on(
    gap: tuple[int, int, int], removed: int, says: str, to: str
) -> None:
    found = LandingGap("transactions", 3, *gap)
    assert found.removed == removed
    assert says in found.message
    assert f"ledgermind landing reset --topic transactions --partition 3 --to {to} --reason" in found.message
    assert "\n" not in found.message


def test_what_is_skipped_is_counted_to_where_the_partition_goes_on() -> None:
    gap = LandingGap("transactions", 0, 10, 50, 90)
    assert (gap.skipped(50), gap.skipped(90), gap.skipped(5)) == (40, 80, 0)
