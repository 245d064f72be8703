"""Batches that wait go into one transaction: nothing is left out or doubled, and only what continues goes along."""

from collections import deque
from dataclasses import replace
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.consume.batch import Batch
from streams.consume.gaps import Passage
from streams.consume.offset_ledger import Span
from streams.consume.resets import Reset
from streams.process.outgoing import Outgoing
from streams.process.transform import Transformed
from streams.produce.grouping import ScoredBatch, join_group, take_group
from streams.produce.isolation import Part, cut
from tests.streams.produce.test_isolation import part_of, polled
from tests.support.builders import NOW, record

NOTHING = Transformed(Outgoing([], []), [], [])


def scored(part: Part, *, number: int = 1) -> ScoredBatch:
    batch = Batch(number, list(part.records), part.span, "group", part.topic_id, float(number), 0)
    return ScoredBatch(batch, part.transformed)


def waiting(*ends: int, epochs: tuple[int, ...] = (), topics: tuple[str, ...] = ()) -> deque[ScoredBatch]:
    """Return batches of partition 0 that end at these offsets, each beginning where the one before it ended."""
    made = deque[ScoredBatch]()
    for number, (start, end) in enumerate(pairwise((0, *ends))):
        span = Span(epochs[number] if epochs else 1, {0: start}, {0: end})
        records = [record(offset) for offset in range(start, end)]
        topic = topics[number] if topics else "topic"
        made.append(ScoredBatch(Batch(number, records, span, "group", topic, 0.0, 0), NOTHING))
    return made


@given(
    st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=12),
    st.lists(st.integers(0, 12), max_size=4),
)
def test_the_batches_of_a_stretch_write_what_the_stretch_would(
    partitions: list[tuple[int, bool]], places: list[int]
) -> None:
    whole = part_of(polled(partitions))
    total = len(whole.records)
    edges = sorted({0, total, *(place for place in places if place < total)})
    queue = deque(scored(cut(whole, first, end)) for first, end in pairwise(edges))
    group = take_group(queue, records=total)
    assert (len(group), len(queue)) == (len(edges) - 1, 0)
    assert join_group(group) == whole


@pytest.mark.parametrize(
    ("records", "taken"),
    [
        pytest.param(1, [1, 1, 1, 1], id="a batch larger than a transaction goes alone"),
        pytest.param(40, [1, 1, 1, 1], id="a batch as large as one"),
        pytest.param(80, [2, 2], id="two fit"),
        pytest.param(119, [2, 2], id="three are a record too many"),
        pytest.param(1_000, [4], id="all fit"),
    ],
)
def test_a_transaction_takes_as_many_batches_as_fit(records: int, taken: list[int]) -> None:
    queue = waiting(40, 80, 120, 160)
    assert [len(take_group(queue, records=records)) for _ in taken] == taken
    assert take_group(queue, records=records) == []


def test_batches_of_two_epochs_or_two_topics_do_not_go_together() -> None:
    epochs = waiting(1, 2, 3, epochs=(1, 2, 2))
    assert [len(take_group(epochs, records=100)) for _ in range(2)] == [1, 2]
    topics = waiting(1, 2, 3, topics=("old", "old", "new"))
    assert [len(take_group(topics, records=100)) for _ in range(2)] == [2, 1]


def test_a_batch_that_does_not_begin_where_the_one_before_it_ended_goes_alone() -> None:
    first, second = waiting(1, 2)
    span = Span(1, {0: 5}, {0: 6})
    apart = ScoredBatch(Batch(3, [], span, "group", "topic", 0.0, 0), NOTHING)
    queue = deque([first, second, apart])
    assert [len(take_group(queue, records=100)) for _ in range(2)] == [2, 1]


def test_a_batch_that_passes_a_gap_goes_alone() -> None:
    first, second, third = waiting(1, 2, 3)
    reset = Reset("1", "topic", 1, 2, "operator", "expired", NOW)
    passing = msgspec.structs.replace(second, batch=replace(second.batch, passage=Passage(0, 1, 2, reset, stands_at=1)))
    queue = deque([first, passing, third])
    assert [len(take_group(queue, records=100)) for _ in range(3)] == [1, 1, 1]
