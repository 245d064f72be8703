"""Landing rejects: the records that no table took, as an operator handles them: looked at, and tried again.

A reject keeps its address and its reason; its bytes stay on the topic, so it can be landed while they are kept there.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import psycopg
from confluent_kafka import Consumer, KafkaError, Message, TopicPartition
from psycopg.rows import class_row

from ops.errors import BrokerError, PostgresError
from ops.local.postgres import connect
from schemas.contracts.topics import default_name_of, name_of
from schemas.events.dead_letter import DeadLetterReason
from streams.format_settings import read_formats
from streams.kafka.clients import reader
from streams.kafka.topic_check import TopicReader
from streams.landing.mapping.chain import with_links
from streams.landing.mapping.copy_format import Landed
from streams.landing.message import landed
from streams.landing.postgres import is_of_server, reason, refusal
from streams.landing.settings import LandingSettings
from streams.landing.store import LandingStore
from streams.rollout.follower import read_history
from streams.settings import KafkaSettings

AT_ONCE: Final = 500  # records of one transaction
NEAR: Final = 10_000  # records that are read over rather than sought past
SILENT_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that has not landed: where it lies, why, and when that was found."""

    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    rejected_at: datetime
    topic_id: str  # empty where it was rejected before ids were kept


@dataclass(frozen=True, slots=True)
class Retried:
    """How many landed, are refused as before, lie no longer on their topic, and are skipped by the mapping now."""

    landed: int
    refused: int
    gone: int
    skipped: int = 0


def rejects(
    settings: LandingSettings, *, topics: Collection[str] = (), reasons: Collection[DeadLetterReason] = ()
) -> list[Reject]:
    """Return the rejects that have not landed since, the oldest first, of some topics and reasons or of all."""
    with _one_line_errors(), connect(settings.postgres_dsn.get_secret_value()) as connection:
        cursor = connection.cursor(row_factory=class_row(Reject))
        found = cursor.execute(
            """
            select
                source_topic as topic, source_partition as partition, source_offset as "offset", reason, detail,
                loaded_at as rejected_at, source_topic_id as topic_id
            from raw.rejects
            where
                landed_at is null
                and (cardinality(%(topics)s::text[]) = 0 or source_topic = any(%(topics)s))
                and (cardinality(%(reasons)s::text[]) = 0 or reason = any(%(reasons)s))
            order by loaded_at, source_topic, source_partition, source_offset
            """,
            {"topics": [default_name_of(topic) for topic in topics], "reasons": [one.value for one in reasons]},
        ).fetchall()
    return [replace(one, topic=name_of(one.topic)) for one in found]


def retry(kafka: KafkaSettings, settings: LandingSettings, chosen: Sequence[Reject]) -> Retried:
    """Read rejects again and land those that a table takes by now, each once; the landing may go on meanwhile."""
    landed_rows = refused = found = skipped = 0
    formats = read_formats()
    with _one_line_errors():
        store = LandingStore(
            settings.postgres_dsn.get_secret_value(),
            timeout_seconds=settings.postgres_timeout_seconds,
            decode=formats.decode,
            to_json=formats.to_json,
        )
        topics = TopicReader(kafka)
        with closing(store), closing(Consumer(reader(kafka))) as consumer:
            for polled in _read(consumer, chosen):
                # Asked behind the poll: what lies at the address of a topic that is gone is another topic's record.
                known = topics.read(sorted({record.topic for record in polled}))
                records = [one for one in polled if one.topic_id in ("", known[one.topic].topic_id)]
                counts = store.retry(with_links(records, lambda: read_history(kafka)))
                landed_rows += counts.rows.total()
                refused += counts.rejects.total()
                skipped += counts.skips.total()
                found += len(records)
    return Retried(landed_rows, refused, len(chosen) - found, skipped)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        if is_of_server(error):
            raise PostgresError(f"Postgres cannot be worked with: {reason(error)}; try again") from error
        raise refusal(error) from error


def _read(consumer: Consumer, chosen: Sequence[Reject]) -> Iterator[list[Landed]]:
    """Yield the records that are still there, some at a time."""
    offsets: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for reject in chosen:
        offsets[reject.topic, reject.topic_id, reject.partition].append(reject.offset)
    batch: list[Landed] = []
    for (topic, topic_id, partition), wanted in offsets.items():
        for message in _read_partition(consumer, topic, partition, sorted(wanted)):
            batch.append(landed(message, topic_id))
            if len(batch) == AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch


def _read_partition(consumer: Consumer, topic: str, partition: int, wanted: Sequence[int]) -> Iterator[Message]:
    """Yield the records at some offsets, in ascending order, but those that retention or compaction removed."""
    left, silent = deque(wanted), 0.0
    consumer.assign([TopicPartition(topic, partition, left[0])])
    while left:
        messages = consumer.consume(AT_ONCE, 0.5)
        silent = 0.0 if messages else silent + 0.5
        if silent > SILENT_SECONDS:
            raise BrokerError(f"{topic} partition {partition} could not be read: the broker was silent")
        for message in messages:
            error, offset = message.error(), message.offset() or 0
            if error is not None and error.code() == KafkaError._PARTITION_EOF:
                return
            if error is not None:
                raise BrokerError(f"{topic} partition {partition} could not be read: {error.str()}")
            while left and left[0] < offset:
                left.popleft()
            if left and left[0] == offset:
                left.popleft()
                yield message
            if left and left[0] > offset + NEAR:
                consumer.assign([TopicPartition(topic, partition, left[0])])
                break
