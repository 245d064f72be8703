"""Grouping: scored batches that wait for their commit, joined into one transaction."""

from collections import deque
from collections.abc import Sequence

from msgspec import Struct

from streams.consume.batch import Batch
from streams.consume.offset_ledger import Span
from streams.process.outgoing import Outgoing
from streams.process.transform import Transformed
from streams.produce.isolation import Part


class ScoredBatch(Struct, frozen=True):
    """A batch, and what it writes."""

    batch: Batch
    transformed: Transformed


def take_group(waiting: deque[ScoredBatch], *, records: int) -> list[ScoredBatch]:
    """Take the batches that may be committed together from the left of ``waiting``; empty where nothing waits.

    They are of one epoch and one topic, and hold at most so many records, be it that one batch alone holds more.
    A batch that passes a gap goes alone: an operator's act is no part of another transaction.
    """
    group: list[ScoredBatch] = []
    count = 0
    while waiting:
        batch = waiting[0].batch
        count += len(batch.records)
        if group and (count > records or not _go_together(group[-1].batch, batch)):
            break
        group.append(waiting.popleft())
    return group


def join_group(group: Sequence[ScoredBatch]) -> Part:
    """Return the records of all batches as one, from where the first begins to where the last ends."""
    if len(group) == 1:
        (one,) = group
        return Part(one.batch.records, one.batch.span, one.batch.topic_id, one.transformed)
    spans = [one.batch.span for one in group]
    start, end = dict[int, int](), dict[int, int]()
    for span in spans:
        start = {**span.start, **start}
        end.update(span.end)
    return Part(
        [record for one in group for record in one.batch.records],
        Span(spans[0].epoch, start, end),
        group[0].batch.topic_id,
        Transformed(
            Outgoing(
                [event for one in group for event in one.transformed.outgoing.events],
                [letter for one in group for letter in one.transformed.outgoing.dead_letters],
            ),
            [item for one in group for item in one.transformed.scored],
            [item for one in group for item in one.transformed.refused],
            [item for one in group for item in one.transformed.skipped],
        ),
    )


def _go_together(before: Batch, batch: Batch) -> bool:
    """Whether a batch continues the one before it, in its epoch and on its topic."""
    return (
        before.passage is None
        and batch.passage is None
        and before.span.epoch == batch.span.epoch
        and before.topic_id == batch.topic_id
        and all(before.span.end.get(partition, at) == at for partition, at in batch.span.start.items())
    )
