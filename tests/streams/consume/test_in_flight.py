"""What was handed over is counted in batches and bytes; a batch that was dropped is not taken for finished."""

import threading

import pytest

from streams.consume.in_flight import MAX_IN_FLIGHT, InFlight


def test_without_a_backlog_one_batch_is_enough() -> None:
    flight = InFlight(size=1_000)
    assert not flight.full
    flight.begin(polled_at=1.0, size=10)
    assert flight.full
    flight.allow(backlog=True)
    assert not flight.full


def test_a_backlog_is_queued_as_far_as_the_channel_holds() -> None:
    flight = InFlight(size=1_000)
    flight.allow(backlog=True)
    for number in range(MAX_IN_FLIGHT):
        assert not flight.full
        flight.begin(polled_at=float(number), size=1)
    assert flight.full


def test_bytes_fill_it_however_few_batches_hold_them() -> None:
    flight = InFlight(size=1_000)
    flight.allow(backlog=True)
    flight.begin(polled_at=1.0, size=1_000)
    assert flight.full
    flight.finish(committed=True, size=1_000)
    assert (flight.full, flight.size, flight.count) == (False, 0, 0)


def test_the_first_poll_after_a_commit_says_since_when_something_is_unfinished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.consume.in_flight.time.monotonic", lambda: 50.0)
    flight = InFlight(size=1_000)
    assert flight.unfinished_since is None
    flight.begin(polled_at=1.0, size=1)
    flight.begin(polled_at=2.0, size=1)
    assert flight.unfinished_since == 1.0
    flight.finish(committed=False, size=1)
    assert flight.unfinished_since == 1.0  # its records are read again
    flight.progress()
    assert flight.unfinished_since == 50.0
    flight.finish(committed=True, size=1)
    assert flight.unfinished_since is None


def test_progress_of_nothing_begins_nothing() -> None:
    flight = InFlight(size=1_000)
    flight.progress()
    assert flight.unfinished_since is None


def test_a_wait_for_idleness_ends_with_the_last_batch_and_not_before() -> None:
    flight = InFlight(size=1_000)
    flight.begin(polled_at=1.0, size=1)
    assert not flight.wait_until_idle(0.01)
    finisher = threading.Thread(target=flight.finish, kwargs={"committed": True, "size": 1})
    finisher.start()
    assert flight.wait_until_idle(30.0)
    finisher.join()
