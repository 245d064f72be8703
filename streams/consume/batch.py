"""Batch: records that were polled together, with their positions and the group's metadata."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from confluent_kafka import KafkaError, Message
from msgspec import Struct

from schemas.events.dead_letter import HEADER_PREFIX, MAX_KEY_BYTES, MAX_ORIGINAL_BYTES, ReadHeaders
from schemas.events.trace_context import TRACE_HEADERS
from streams.consume.gaps import Passage
from streams.consume.intake import pairs, size_of
from streams.consume.offset_ledger import Span
from streams.kafka.poll_errors import PollErrors
from streams.process.batch_types import Record

MAX_HEADER_BYTES: Final = (
    1_024  # of one header; ours say where a record was read first, a trace's are half of it at most
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that were polled together; ``group`` was taken in the polling thread right after the poll.

    A batch with a ``passage`` has no records: it moves a position on behind a gap, because an operator said so.

    ``number`` counts a process's batches: its log lines from poll to commit carry it. ``topic_id`` is that of the topic
    that the positions belong to; whether the records came from it is asked before the commit.
    """

    number: int
    records: list[Record]
    span: Span
    group: object
    topic_id: str
    polled_at: float  # monotonic seconds
    size: int  # bytes of keys, values and headers as they were polled
    passage: Passage | None = None


class Polled(Struct, frozen=True):
    """What a poll brought: records, per partition the position behind the last, and the bytes that were polled.

    ``lost`` are the partitions whose position the broker does not have.
    """

    records: list[Record]
    end: dict[int, int]
    size: int
    lost: set[int]


def polled_of(messages: Iterable[Message], errors: PollErrors) -> Polled:
    """Return what was polled; ``errors`` hears what is neither a record nor a lost position.

    Of a record larger than a dead letter may be, only what that keeps is kept.
    """
    records: list[Record] = []
    end: dict[int, int] = {}
    lost: set[int] = set()
    size = 0
    for message in messages:
        error, partition, offset = message.error(), message.partition(), message.offset()
        if error is not None and error.code() == KafkaError._AUTO_OFFSET_RESET and partition is not None:
            lost.add(partition)
            continue
        if error is not None:
            errors.hear(error)
            continue
        assert partition is not None
        assert offset is not None
        records.append(_record(message, partition, offset))
        end[partition] = offset + 1
        size += size_of(message)
    return Polled(records, end, size, lost)


def _record(message: Message, partition: int, offset: int) -> Record:
    key, value, headers = message.key(), message.value(), message.headers()
    is_cut = False
    if value is not None and len(value) > MAX_ORIGINAL_BYTES:
        value, is_cut = value[:MAX_ORIGINAL_BYTES], True
    if key is not None and len(key) > MAX_KEY_BYTES:
        key, is_cut = key[:MAX_KEY_BYTES], True
    return Record(partition, offset, message.timestamp()[1], key, value, _ours(headers) if headers else None, is_cut)


def _ours(headers: ReadHeaders) -> ReadHeaders:
    """Return the headers that may say where a record was read first, and its trace, each within its limit."""
    return [
        (name, value[:MAX_HEADER_BYTES] if value else value)
        for name, value in pairs(headers)
        if name in TRACE_HEADERS or (name.startswith(HEADER_PREFIX) and len(name) <= MAX_HEADER_BYTES)
    ]
