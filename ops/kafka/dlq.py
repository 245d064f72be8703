"""Dlq: the dead letters as an operator handles them: looked at, and put back onto the topic exactly once.

Every reason has a position of its own in each partition, committed in the transaction that puts its records back, so a
reason can be mended and requeued while others wait. A requeued record stands behind what came since: its user's order
is not kept for it. However many there are, a few MiB of them are held at a time.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition

from ops.errors import OpsError
from ops.kafka.reader import read_topic
from schemas.contracts.topics import DEAD_LETTERS, NAMES, TRANSACTIONS
from schemas.events.dead_letter import DeadLetterReason, first_address, read_headers
from streams.consume.intake import size_of
from streams.dead_letters.pause_store import Pause, Pauses
from streams.kafka.clients import MEBIBYTE, reader, transactional_producer
from streams.settings import KafkaSettings

TRANSACTIONAL_ID: Final = "ledgermind-dlq-requeue"
TIMEOUT_MS: Final = 30_000
AT_ONCE: Final = 500  # records of one transaction
BYTES_AT_ONCE: Final = 4 * MEBIBYTE  # of one transaction, uncompressed


@dataclass(frozen=True, slots=True)
class Letter:
    """What is said of a dead letter: ``partition`` and ``offset`` are its own, ``source`` where it was read first."""

    partition: int
    offset: int
    reason: str
    detail: str
    source: str
    truncated: bool


@dataclass(frozen=True, slots=True)
class Requeued:
    """How many were put back, and how many could not be since only their beginning was kept."""

    records: int
    truncated: int


def letters(
    kafka: KafkaSettings, reasons: Collection[DeadLetterReason] = (), *, start: Mapping[int, int] | None = None
) -> Iterator[tuple[Letter, Message]]:
    """Yield every dead letter with its record, of some reasons or of all, oldest first in each partition.

    ``start`` is the offset of each partition to begin at, else its first.
    """
    for message in read_topic(kafka, DEAD_LETTERS, start=start):
        letter = _letter(message)
        if not reasons or letter.reason in reasons:
            yield letter, message


def find(kafka: KafkaSettings, partition: int, offset: int) -> Message:
    """Return the record of one dead letter; raises OpsError where there is none at this place."""
    for letter, message in letters(kafka):
        if (letter.partition, letter.offset) == (partition, offset):
            return message
    raise OpsError(f"there is no dead letter at {partition}/{offset}; ledgermind dlq list shows where there are")


def requeue(kafka: KafkaSettings, reasons: Sequence[DeadLetterReason]) -> Requeued:
    """Put back what was not put back before, reason by reason; raises OpsError where another operator is at it."""
    producer = Producer(transactional_producer(kafka, transactional_id=TRANSACTIONAL_ID, timeout_ms=TIMEOUT_MS))
    records = truncated = 0
    try:
        producer.init_transactions(TIMEOUT_MS / 1_000)
        present, ends = _survey(kafka)
        for reason in reasons:
            if reason not in present:
                continue
            with closing(
                Consumer(reader(kafka) | {"group.id": f"{NAMES.prefix}{TRANSACTIONAL_ID}-{reason.value}"})
            ) as group:
                for whole, cut in _batches(kafka, group, reason, ends):
                    if whole:
                        _put_back(producer, group, whole)
                    records += len(whole)
                    truncated += cut
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


def _survey(kafka: KafkaSettings) -> tuple[set[str], dict[int, int]]:
    """Return the reasons that there are, and where each partition ends now.

    What is put back may come back as a dead letter while we read: without an end that stands, for ever.
    """
    present: set[str] = set()
    ends: dict[int, int] = {}
    for letter, _ in letters(kafka):
        present.add(letter.reason)
        ends[letter.partition] = letter.offset + 1
    return present, ends


def _batches(
    kafka: KafkaSettings, group: Consumer, reason: DeadLetterReason, ends: Mapping[int, int]
) -> Iterator[tuple[list[Message], int]]:
    """Yield the records of a reason that wait, as many as one transaction takes, and how many beside them were cut."""
    places = [TopicPartition(DEAD_LETTERS.name, partition) for partition in _partitions(group)]
    start = {at.partition: max(0, at.offset) for at in group.committed(places, TIMEOUT_MS / 1_000)}
    whole: list[Message] = []
    size = truncated = 0
    for letter, message in letters(kafka, [reason], start=start):
        if not start[letter.partition] <= letter.offset < ends.get(letter.partition, 0):
            continue
        if letter.truncated:
            truncated += 1
            continue
        whole.append(message)
        size += size_of(message)
        if len(whole) == AT_ONCE or size >= BYTES_AT_ONCE:
            yield whole, truncated
            whole, size, truncated = [], 0, 0
    yield whole, truncated


def _partitions(consumer: Consumer) -> Collection[int]:
    """The partitions that the topic has, which may be more than were agreed."""
    known = consumer.list_topics(DEAD_LETTERS.name, timeout=TIMEOUT_MS / 1_000).topics
    return list(known[DEAD_LETTERS.name].partitions)


def _put_back(producer: Producer, group: Consumer, batch: Sequence[Message]) -> None:
    end = {message.partition() or 0: (message.offset() or 0) + 1 for message in batch}
    producer.begin_transaction()
    for message in batch:
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
    )
