"""Isolation: a batch in parts, so that a record that cannot be written is found, and costs the others nothing.

A batch is written in one transaction. Where the broker refuses it, its first half is tried, then half of the half that
must be the refused one, and so on down to one record. Behind that record parts grow from one on, each twice the one
before. So refused records beside each other cost one abort each, and one alone at most two more than the halvings that
lead to it (12 in a batch of 1,000).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Struct

from schemas.events.dead_letter import DeadLetterReason, RecordError
from streams.consume.offset_ledger import Span
from streams.process.batch_types import Record, Refused
from streams.process.dead_letter import dead_letter
from streams.process.outgoing import Outgoing
from streams.process.transform import Transformed


class Part(Struct, frozen=True):
    """Records that are written together, in the order in which they were polled, with what they become."""

    records: Sequence[Record]
    span: Span
    topic_id: str  # of the topic that the span's positions belong to
    transformed: Transformed


@dataclass(slots=True)
class Search:
    """Which of a batch's ``total`` records to write next, by what became of those before."""

    total: int
    first: int = 0
    end: int = 0
    _refused_end: int = 0  # behind the smallest part that was refused; its beginning may be written by now

    def __post_init__(self) -> None:
        self.end = self.total

    @property
    def is_done(self) -> bool:
        """Whether all are written."""
        return self.first == self.total

    def written(self, *, as_dead_letter: bool = False) -> None:
        """Go on behind the part that was written, perhaps as a dead letter for what the broker refused."""
        count = 1 if as_dead_letter else 2 * (self.end - self.first)
        self.first = self.end
        left = self._refused_end - self.first
        self.end = min(self.total, self.first + (max(1, left // 2) if left > 0 else count))

    def refused(self) -> bool:
        """Go on with the first half of the part that was refused; False where it is one record."""
        if self.end - self.first == 1:
            return False
        self._refused_end = self.end
        self.end = self.first + (self.end - self.first) // 2
        return True


def cut(whole: Part, first: int, end: int) -> Part:
    """Return the records [first, end) of a batch, of which those before are written already."""
    if first == 0 and end >= len(whole.records):
        return whole
    records = whole.records[first:end]
    start, upto = dict(whole.span.start), dict[int, int]()
    for record in whole.records[:first]:
        start[record.partition] = record.offset + 1
    for record in records:
        upto[record.partition] = record.offset + 1
    span = Span(whole.span.epoch, {partition: start[partition] for partition in upto}, upto)
    transformed, chosen = whole.transformed, {(record.partition, record.offset) for record in records}
    scored = [row for row, item in enumerate(transformed.scored) if _address(item.record) in chosen]
    refused = [row for row, item in enumerate(transformed.refused) if _address(item.record) in chosen]
    skipped = [item for item in transformed.skipped if _address(item.record) in chosen]
    outgoing = Outgoing(
        [transformed.outgoing.events[row] for row in scored],
        [transformed.outgoing.dead_letters[row] for row in refused],
    )
    return Part(
        records,
        span,
        whole.topic_id,
        Transformed(
            outgoing,
            [transformed.scored[row] for row in scored],
            [transformed.refused[row] for row in refused],
            skipped,
        ),
    )


def put_aside(part: Part, refusal: str, *, worker_version: str, now_ms: int) -> Part:
    """Return a part of one record with that record as a dead letter, for the broker's ``refusal`` of what it became."""
    (record,) = part.records
    earlier = [item.fault for item in part.transformed.refused]
    what = f"dead letter {earlier[0].reason} ({earlier[0].detail})" if earlier else "suggestion or comparison"
    item = Refused(record, RecordError(DeadLetterReason.UNPRODUCIBLE, f"{refusal}: the broker refuses its {what}"))
    letter = dead_letter(item, topic_id=part.topic_id, worker_version=worker_version, now_ms=now_ms)
    return Part(part.records, part.span, part.topic_id, Transformed(Outgoing([], [letter]), [], [item]))


def _address(record: Record) -> tuple[int, int]:
    return record.partition, record.offset
