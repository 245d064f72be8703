"""A partition is paused at its limit and not before it, whatever the batches were; one that is paused says why."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from schemas.events.dead_letter import DeadLetterReason, RecordError
from streams.dead_letters.limits import DeadLetterLimits, PartitionYield, pause_metadata, pause_reason
from streams.process.batch_types import Record, Refused

FAULT = RecordError(DeadLetterReason.MALFORMED_JSON, "")


def batch(outcomes: Sequence[tuple[int, bool]], first_offset: int = 0) -> tuple[list[Record], list[Refused]]:
    """Return the records of (partition, dead letter?) in order, and those refused."""
    records = [Record(partition, first_offset + row, 0, b"", b"") for row, (partition, _) in enumerate(outcomes)]
    return records, [Refused(records[row], FAULT) for row, (_, dead) in enumerate(outcomes) if dead]


def feed(limits: DeadLetterLimits, batches: Sequence[Sequence[tuple[int, bool]]]) -> list[int]:
    """Commit batches one after the other; return what was paused, in that order."""
    paused, offset = [], 0
    for outcomes in batches:
        paused += limits.accept(limits.weigh(*batch(outcomes, offset)))
        offset += len(outcomes)
    return paused


def longest_run(outcomes: Sequence[bool]) -> int:
    best = run = 0
    for dead in outcomes:
        run = run + 1 if dead else 0
        best = max(best, run)
    return best


@given(st.lists(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=12), max_size=12))
def test_a_run_that_ends_a_batch_is_found_and_none_is_invented(batches: list[list[tuple[int, bool]]]) -> None:
    limits = DeadLetterLimits(run=4, ratio=0, window=1_000)
    feed(limits, batches)
    for partition in range(3):
        outcomes = [dead for rows in batches for at, dead in rows if at == partition]
        if partition in limits.paused:
            assert longest_run(outcomes) >= 4
        if len(outcomes) >= 4 and all(outcomes[-4:]):
            assert partition in limits.paused


def test_the_ratio_is_taken_over_whole_windows() -> None:
    limits = DeadLetterLimits(run=0, ratio=0.5, window=10)
    assert feed(limits, [[(0, True), (0, False)] * 4]) == []  # eight records are no window yet
    assert feed(limits, [[(0, True), (0, False)]]) == [0]
    assert limits.weigh(*batch([(0, False)])).reasons == {0: "50% of 10 records were dead letters"}

    limits = DeadLetterLimits(run=0, ratio=0.5, window=10)
    assert feed(limits, [[(0, False)] * 10, [(0, True)] * 4 + [(0, False)] * 6]) == []


def test_a_batch_that_was_not_committed_leaves_no_trace() -> None:
    limits = DeadLetterLimits(run=3, ratio=0, window=10)
    for _ in range(5):
        limits.weigh(*batch([(0, True), (0, True)]))
    assert feed(limits, [[(0, True), (0, True)]]) == []
    assert feed(limits, [[(0, True)]]) == [0]


def test_what_was_polled_before_the_pause_keeps_its_reason_and_is_not_paused_twice() -> None:
    limits = DeadLetterLimits(run=2, ratio=0, window=10)
    assert feed(limits, [[(0, True), (0, True), (1, True)]]) == [0]
    after = limits.weigh(*batch([(0, False), (1, False)]))
    assert after.reasons == {0: "2 dead letters in a row"}
    assert limits.accept(after) == []
    assert limits.paused == {0}


def test_resumed_it_is_counted_from_nothing() -> None:
    limits = DeadLetterLimits(run=3, ratio=0, window=10)
    assert feed(limits, [[(0, True)] * 5]) == [0]
    limits.resume(0)
    assert limits.paused == frozenset()
    assert feed(limits, [[(0, True)] * 2]) == []
    assert feed(limits, [[(0, True)]]) == [0]


def test_an_assignment_brings_its_own_pauses() -> None:
    limits = DeadLetterLimits(run=2, ratio=0, window=10)
    assert feed(limits, [[(0, True), (0, True)]]) == [0]
    limits.assign({7: "left so"})
    assert limits.paused == {7}
    assert limits.weigh(*batch([(0, True)])).standings == {0: PartitionYield(1, 1, 1)}


def test_a_pause_is_read_from_what_was_committed() -> None:
    assert pause_reason(pause_metadata("5 dead letters in a row")) == "5 dead letters in a row"
    assert [pause_reason(other) for other in (None, "", "a note of somebody else")] == [None, None, None]
