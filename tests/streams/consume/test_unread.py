"""Since when a position stands still, and what begins that time anew."""

from streams.consume.unread import Positions


def test_a_position_is_still_once_it_was_seen_unmoved_for_long_enough() -> None:
    positions = Positions(still_seconds=10.0)
    assert positions.still({0: 5, 1: 7}, now=100.0) == {}
    assert positions.still({0: 5, 1: 7}, now=109.0) == {}
    assert positions.still({0: 5, 1: 8}, now=110.0) == {0: 5}
    assert positions.still({0: 5, 1: 8}, now=120.0) == {0: 5, 1: 8}


def test_a_partition_that_was_not_given_begins_anew() -> None:
    positions = Positions(still_seconds=10.0)
    positions.still({0: 5}, now=100.0)
    positions.still({}, now=105.0)  # it was ours, or no record waited there
    assert positions.still({0: 5}, now=112.0) == {}
    assert positions.still({0: 5}, now=122.0) == {0: 5}
