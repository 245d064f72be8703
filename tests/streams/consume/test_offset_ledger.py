"""The ledger accepts every batch once, in order, and nothing of an epoch that ended."""

from hypothesis import given
from hypothesis import strategies as st

from streams.consume.offset_ledger import Ledger, Span


def span(ledger: Ledger, start: int, end: int) -> Span:
    return Span(ledger.epoch, {0: start}, {0: end})


def assigned(position: int = 0) -> Ledger:
    ledger = Ledger()
    ledger.assign({0: position})
    return ledger


def test_batches_that_follow_each_other_are_accepted() -> None:
    ledger = assigned()
    for start in (0, 10, 20):
        batch = span(ledger, start, start + 10)
        assert ledger.accepts(batch)
        assert ledger.advance(batch)


def test_a_batch_is_not_accepted_twice() -> None:
    ledger = assigned()
    batch = span(ledger, 0, 10)
    ledger.advance(batch)
    assert not ledger.accepts(batch)


def test_a_batch_that_skips_a_record_is_not_accepted() -> None:
    assert not assigned().accepts(Span(1, {0: 1}, {0: 5}))


def test_batches_queued_behind_an_abort_are_dropped_and_read_again() -> None:
    ledger = assigned()
    first, second = span(ledger, 0, 10), span(ledger, 10, 20)
    ledger.abort(first)
    assert not ledger.accepts(first)
    assert not ledger.accepts(second)
    assert ledger.take_reset() == {0: 0}
    assert ledger.take_reset() is None
    assert ledger.accepts(span(ledger, 0, 10))


def test_two_aborts_of_one_epoch_reset_once() -> None:
    ledger = assigned()
    first, second = span(ledger, 0, 10), span(ledger, 10, 20)
    ledger.abort(first)
    ledger.take_reset()
    ledger.abort(second)
    assert ledger.take_reset() is None


def test_a_new_assignment_cancels_a_pending_reset() -> None:
    ledger = assigned()
    ledger.abort(span(ledger, 0, 10))
    ledger.assign({0: 7})
    assert ledger.take_reset() is None


def test_nothing_is_accepted_of_a_revoked_partition() -> None:
    ledger = assigned()
    batch = span(ledger, 0, 10)
    ledger.revoke()
    assert not ledger.accepts(batch)
    assert not ledger.advance(batch)
    assert not ledger.accepts(span(ledger, 0, 10))


@given(st.lists(st.sampled_from(["commit", "abort", "rebalance"]), max_size=60))
def test_whatever_happens_the_committed_records_are_one_unbroken_row(steps: list[str]) -> None:
    ledger = assigned()
    position, committed = 0, list[int]()
    for step in steps:
        batch = Span(ledger.epoch, {0: position}, {0: position + 3})
        position += 3
        if step == "commit" and ledger.accepts(batch):
            committed.extend(range(batch.start[0], batch.end[0]))
            ledger.advance(batch)
        elif step == "abort":
            ledger.abort(batch)
            position = (ledger.take_reset() or {0: position})[0]
        elif step == "rebalance":
            ledger.assign({0: len(committed)})
            position = len(committed)
    assert committed == list(range(len(committed)))
