"""Dlq: the dead letters as an operator handles them: looked at, and put back onto the topic exactly once.

Every reason has a position of its own in each partition, committed in the transaction that puts its records back, so a
reason can be mended and requeued while others wait. A requeued record stands behind what came since: its user's order
is not kept for it.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition

from ops.demo.count import read_topic
from ops.errors import OpsError
from schemas.dead_letter import DeadLetterReason, first_address, read_headers
from schemas.topics import DEAD_LETTERS, TRANSACTIONS
from streams.clients import reader, transactional_producer
from streams.pauses import Pause, Pauses
from streams.settings import KafkaSettings

TRANSACTIONAL_ID: Final = "ledgermind-dlq-requeue"
TIMEOUT_MS: Final = 30_000
AT_ONCE: Final = 500  # records of one transaction


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter; ``partition`` and ``offset`` are its own, ``source`` is where it was read first."""

    partition: int
    offset: int
    reason: str
    detail: str
    source: str
    truncated: bool
    message: Message


@dataclass(frozen=True, slots=True)
class Requeued:
    """How many were put back, and how many could not be since only their beginning was kept."""

    records: int
    truncated: int


def letters(kafka: KafkaSettings, reasons: Collection[DeadLetterReason] = ()) -> Iterator[Letter]:
    """Yield every dead letter, of some reasons or of all, oldest first in each partition."""
    for message in read_topic(kafka, DEAD_LETTERS):
        letter = _letter(message)
        if not reasons or letter.reason in reasons:
            yield letter


def find(kafka: KafkaSettings, partition: int, offset: int) -> Letter:
    """Return one dead letter; raises OpsError where there is none at this place."""
    for letter in letters(kafka):
        if (letter.partition, letter.offset) == (partition, offset):
            return letter
    raise OpsError(f"there is no dead letter at {partition}/{offset}; ledgermind dlq list shows where there are")


def requeue(kafka: KafkaSettings, reasons: Sequence[DeadLetterReason]) -> Requeued:
    """Put back what was not put back before, reason by reason; raises OpsError where another operator is at it."""
    producer = Producer(transactional_producer(kafka, transactional_id=TRANSACTIONAL_ID, timeout_ms=TIMEOUT_MS))
    records = truncated = 0
    try:
        producer.init_transactions(TIMEOUT_MS / 1_000)
        for reason in reasons:
            done = _requeue_reason(kafka, producer, reason)
            records += done.records
            truncated += done.truncated
    except KafkaException as error:
        raise OpsError(
            f"requeueing stopped ({error.args[0].name()}) after {records:,} records, none of them twice; run it again"
        ) from error
    return Requeued(records, truncated)


def paused(kafka: KafkaSettings, *, group: str) -> dict[int, Pause]:
    """Return the partitions of ``transactions`` that stand still, and why; raises OpsError without a broker."""
    with _pauses(kafka, group=group) as pauses:
        return pauses.paused()


def resume(kafka: KafkaSettings, partitions: Collection[int], *, group: str) -> dict[int, Pause]:
    """Let paused partitions go on, those named or all; return which did and where they stood."""
    with _pauses(kafka, group=group) as pauses:
        waiting = pauses.paused()
        others = sorted(set(partitions) - waiting.keys())
        if others:
            held = f"{', '.join(map(str, sorted(waiting))) or 'none'} is"
            raise OpsError(f"partition {', '.join(map(str, others))} is not paused ({held}); nothing was changed")
        chosen = {partition: waiting[partition] for partition in sorted(partitions or waiting)}
        if chosen:
            pauses.resume(chosen)
        return chosen


@contextmanager
def _pauses(kafka: KafkaSettings, *, group: str) -> Iterator[Pauses]:
    with closing(Pauses(kafka, group=group)) as pauses:
        try:
            yield pauses
        except KafkaException as error:
            raise OpsError(f"the group's positions cannot be worked with: {error.args[0].name()}; try again") from error


def _requeue_reason(kafka: KafkaSettings, producer: Producer, reason: DeadLetterReason) -> Requeued:
    group = Consumer(reader(kafka) | {"group.id": f"{TRANSACTIONAL_ID}-{reason.value}"})
    try:
        places = [TopicPartition(DEAD_LETTERS.name, partition) for partition in range(DEAD_LETTERS.partitions)]
        position = {at.partition: max(0, at.offset) for at in group.committed(places, TIMEOUT_MS / 1_000)}
        waiting = [one for one in letters(kafka, [reason]) if one.offset >= position[one.partition]]
        whole = [one for one in waiting if not one.truncated]
        for first in range(0, len(whole), AT_ONCE):
            _put_back(producer, group, whole[first : first + AT_ONCE])
        return Requeued(len(whole), len(waiting) - len(whole))
    finally:
        group.close()


def _put_back(producer: Producer, group: Consumer, batch: Sequence[Letter]) -> None:
    end = {letter.partition: letter.offset + 1 for letter in batch}
    producer.begin_transaction()
    for message in (letter.message for letter in batch):
        producer.produce(TRANSACTIONS.name, key=message.key(), value=message.value(), headers=message.headers() or [])
    positions = [TopicPartition(DEAD_LETTERS.name, *at) for at in end.items()]
    producer.send_offsets_to_transaction(positions, group.consumer_group_metadata())
    producer.commit_transaction()


def _letter(message: Message) -> Letter:
    found, first = read_headers(message.headers()), first_address(message.headers())
    partition, offset = message.partition(), message.offset()
    assert partition is not None
    assert offset is not None
    return Letter(
        partition=partition,
        offset=offset,
        reason=found.get("dlq.reason", "?"),
        detail=found.get("dlq.detail", ""),
        source="?" if first is None else f"{first.topic}/{first.partition}/{first.offset}",
        truncated="dlq.truncated" in found,
        message=message,
    )
