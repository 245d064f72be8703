"""Topics restore: what topics keep for ever, written to a new cluster from what landed: rollout-state and user-hints.

All of it is one Kafka transaction. The landing's position on rollout-state under the new topic's id is set behind what
is restored, so what the warehouse holds already does not land again. Hints land again, as records of the new topic: a
replay finds there what a worker read.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec
import psycopg
from confluent_kafka import Consumer, KafkaException, TopicPartition
from psycopg.rows import TupleRow

from ops.errors import BrokerError, OpsError, PostgresError
from ops.kafka.hints import PARTITION
from ops.kafka.restore_transaction import RestoreTransaction
from ops.local.postgres import connect
from ops.replay.query import DECISIONS
from ops.replay.window import read_decisions
from ops.warehouse.migrate import require_migrated
from schemas.contracts.topics import HINTS, ROLLOUT_STATE, default_name_of
from schemas.events.hint import HINT_SCHEMA_VERSION, Hint, Preference, hint_key
from schemas.events.rollout import Act, ActKind, RolloutRecord, record_key
from schemas.events.rollout_history import RolloutHistory
from schemas.taxonomy import Category
from streams.kafka.clients import reader
from streams.kafka.topic_check import TopicFacts, check_topics, read_topics
from streams.kafka.watermarks import watermarks
from streams.process.codec import encode_event
from streams.rollout.change import Change, refuse_foreign, successor
from streams.settings import KafkaSettings

FETCH_ROWS: Final = 5_000
_CATEGORIES: Final = frozenset(Category)
NEWEST_HINTS: Final = """
with of_topics as (
    select *, min(loaded_at) over (partition by source_topic_id) as topic_since from raw.user_hints
    where source_topic_id !~ '@'
),
newest as (
    select distinct on (user_id, merchant_key) user_id, merchant_key, preference, category, created_at
    from of_topics
    order by user_id, merchant_key, topic_since desc, source_offset desc
)
select user_id, merchant_key, preference, category, created_at
from newest where preference is not null
"""


@dataclass(frozen=True, slots=True)
class Restored:
    """How many rollout records and hints were written; ``act_version`` is the record that says so."""

    records: int
    hints: int
    act_version: int | None


def restore_topics(kafka: KafkaSettings, dsn: str, *, actor: str, reason: str, now: datetime) -> Restored:
    """Write both topics, which must hold nothing yet, and the landing's positions behind what was written.

    Raises OpsError where they hold something, or where the warehouse holds no whole chain; StreamError without topics.
    """
    check_topics(kafka, [ROLLOUT_STATE, HINTS])
    require_migrated(dsn)
    facts = read_topics(kafka, [ROLLOUT_STATE.name, HINTS.name])
    _require_empty(kafka, facts)
    with connect(dsn) as connection:
        history = read_decisions(connection)
        if history.latest is None:
            raise OpsError("raw.rollout_decisions holds no rollout record: there is nothing to restore")
        refuse_foreign(history.latest)
        try:
            return _write(kafka, connection, history, facts, actor=actor, reason=reason, now=now)
        except KafkaException as error:
            raise BrokerError(
                f"the topics were not restored ({error.args[0].name()}); nothing of it can be read, try again"
            ) from error
        except psycopg.Error as error:
            raise PostgresError(
                f"the landing's positions could not be written ({type(error).__name__}); where rollout-state or "
                "user-hints hold records by now, delete both topics, create them again and restore again"
            ) from error


def _require_empty(kafka: KafkaSettings, facts: Mapping[str, TopicFacts]) -> None:
    with closing(Consumer(reader(kafka))) as consumer:
        for topic, known in facts.items():
            for partition in range(known.partitions):
                if watermarks(consumer, TopicPartition(topic, partition))[1] > 0:
                    raise OpsError(
                        f"{topic} partition {partition} has been written to: only topics that were just created are "
                        "restored; stop the workers, delete rollout-state and user-hints, and create them again"
                    )


def _write(
    kafka: KafkaSettings,
    connection: psycopg.Connection[TupleRow],
    history: RolloutHistory,
    facts: Mapping[str, TopicFacts],
    *,
    actor: str,
    reason: str,
    now: datetime,
) -> Restored:
    """Produce, write the position, and commit both, Kafka first: Postgres alone would let the landing skip records."""
    producer = RestoreTransaction(kafka)
    for key, value in _chain(connection):
        producer.send(ROLLOUT_STATE.name, 0, key, value)
    hints = 0
    for hint in _hints(connection):
        producer.send(HINTS.name, PARTITION, hint_key(hint.user_id, hint.merchant_key), encode_event(hint))
        hints += 1
    ends = producer.ends()
    last, act = history.latest, None
    assert last is not None
    if history.fault is None:  # behind a record that cannot be read only a repair may follow
        details = {"records": str(len(history.links)), "hints": str(hints)}
        change = Change(actor=actor, reason=reason, act=Act(kind=ActKind.RESTORE.value, details=details))
        act = successor(last, change, now=now)
        producer.send(ROLLOUT_STATE.name, 0, record_key(act.version).encode(), encode_event(act))
        producer.ends()
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into raw.landing_positions (topic, topic_id, partition, next) values (%s, %s, %s, %s)",
            [
                (default_name_of(topic), facts[topic].topic_id, partition, end)
                for (topic, partition), end in ends.items()
                if topic == ROLLOUT_STATE.name
            ],
        )
    producer.commit()
    connection.commit()
    return Restored(len(history.links), hints, None if act is None else act.version)


def _chain(connection: psycopg.Connection[TupleRow]) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and value of each record that landed, the oldest first."""
    for (record,) in connection.execute(DECISIONS).fetchall():
        value = as_written(str(record))
        yield record_key(int(msgspec.json.decode(value)["version"])).encode(), value


def as_written(record: str) -> bytes:
    """Return a landed record as its writer wrote it, byte for byte; jsonb keeps neither order nor spaces.

    One that another version wrote may come in another form, under the same hash: that is of its canonical JSON.
    """
    fields = msgspec.json.decode(record)
    try:
        value = encode_event(msgspec.convert(fields, RolloutRecord))
    except msgspec.ValidationError:
        return record.encode()
    return value if msgspec.json.decode(value) == fields else record.encode()


def _hints(connection: psycopg.Connection[TupleRow]) -> Iterator[Hint]:
    """Yield each hint that stands."""
    with connection.cursor(name="hints") as cursor:
        cursor.itersize = FETCH_ROWS
        for user_id, merchant_key, preference, category, created_at in cursor.execute(NEWEST_HINTS):
            hint = Hint(
                schema_version=HINT_SCHEMA_VERSION,
                user_id=user_id,
                merchant_key=merchant_key,
                preference=Preference(preference),
                # One of another taxonomy is written as it stood.
                category=Category(category) if category in _CATEGORIES else category,
                created_at=created_at.astimezone(UTC),
            )
            yield hint
