"""Batch: records that were polled together, with their positions and the group's metadata."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from confluent_kafka import Consumer, Message

from streams.cadence import Cadence
from streams.ledger import Span
from streams.poll_errors import PollErrors
from streams.stages import Record

IDLE_POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that were polled together; ``group`` was taken in the polling thread right after the poll.

    ``number`` counts a process's batches: its log lines from poll to commit carry it.
    """

    number: int
    records: list[Record]
    span: Span
    group: object
    polled_at: float  # monotonic seconds


def poll(consumer: Consumer, cadence: Cadence) -> list[Message]:
    """Wait for a first record, and a little for those that come with it."""
    first: list[Message] = consumer.consume(1, IDLE_POLL_SECONDS)
    return first + consumer.consume(cadence.batch_records - 1, cadence.batch_seconds) if first else first


def records_of(messages: Iterable[Message], errors: PollErrors) -> tuple[list[Record], dict[int, int]]:
    """Return the records and, per partition, the position behind the last; ``errors`` hears what is no record."""
    records: list[Record] = []
    end: dict[int, int] = {}
    for message in messages:
        error = message.error()
        if error is not None:
            errors.hear(error)
            continue
        partition, offset = message.partition(), message.offset()
        assert partition is not None
        assert offset is not None
        time_ms, headers = message.timestamp()[1], message.headers()
        records.append(Record(partition, offset, time_ms, message.key(), message.value(), headers))
        end[partition] = offset + 1
    return records, end
