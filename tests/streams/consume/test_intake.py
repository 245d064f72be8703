"""A batch closes at its records or its bytes, whichever comes first, and asks the client for no more than will fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.consume.in_flight import MAX_IN_FLIGHT, InFlight
from streams.consume.intake import Filling

RECORDS, SIZE = 50, 10_000


def fill(filling: Filling, sizes: list[int]) -> list[int]:
    """Let a batch take of a backlog until it is full; return the sizes that it took."""
    taken: list[int] = []
    while (wanted := filling.wanted) and len(taken) < len(sizes):
        more = sizes[len(taken) : len(taken) + wanted]
        filling.take(more)
        taken += more
    return taken


@given(st.lists(st.integers(0, 30_000), min_size=1, max_size=200))
def test_a_batch_holds_no_more_than_its_bytes_once_the_size_of_records_is_known(sizes: list[int]) -> None:
    filling = Filling(RECORDS, SIZE, largest=max(sizes))
    taken = fill(filling, sizes)
    assert taken
    assert len(taken) <= RECORDS
    assert sum(taken) <= SIZE or sum(taken[:-1]) < SIZE  # beyond it by one record at most
    if len(taken) < min(RECORDS, len(sizes)):
        assert filling.held >= SIZE


@given(st.lists(st.integers(0, 30_000), min_size=1, max_size=200), st.integers(1, 30_000))
def test_whatever_was_expected_a_batch_ends_and_asks_for_at_least_one_record(sizes: list[int], largest: int) -> None:
    filling = Filling(RECORDS, SIZE, largest=largest)
    taken = fill(filling, sizes)
    assert taken == sizes[: len(taken)]
    assert filling.wanted == 0 or taken == sizes


def test_small_records_are_asked_for_in_one_call() -> None:
    assert Filling(1_000, 8 << 20, largest=300).wanted == 1_000


def test_a_record_larger_than_a_batch_comes_alone() -> None:
    filling = Filling(RECORDS, SIZE, largest=SIZE * 3)
    assert filling.wanted == 1
    filling.take([SIZE * 3])
    assert filling.wanted == 0


@pytest.mark.parametrize(
    ("sizes", "is_full"), [([100] * (MAX_IN_FLIGHT - 1), False), ([100] * MAX_IN_FLIGHT, True), ([1_200, 800], True)]
)
def test_the_next_batch_waits_for_room_in_batches_and_in_bytes(sizes: list[int], is_full: bool) -> None:
    in_flight = InFlight(size=2_000)
    in_flight.allow(backlog=True)
    for size in sizes:
        in_flight.begin(polled_at=0.0, size=size)
    assert in_flight.full is is_full
    for size in sizes:
        in_flight.finish(committed=True, size=size)
    assert not in_flight.full
    assert in_flight.size == 0
