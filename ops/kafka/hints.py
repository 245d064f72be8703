"""Hints: what operators read of user-hints, and what they write there."""

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from ops.errors import BrokerError
from ops.kafka.publish import OutgoingRecord, Published, publish
from ops.kafka.reader import read_topic
from schemas.contracts.topics import HINTS
from schemas.events.dead_letter import RecordError
from schemas.events.hint import HINT_SCHEMA_VERSION, Hint, Preference, hint_key, read_hint_key
from schemas.taxonomy import Category
from streams.kafka.topic_check import check_topics
from streams.process.codec import encode_event
from streams.process.hint_record import read_hint
from streams.settings import KafkaSettings

PARTITION: Final = 0  # the one that workers read


def make_hint(user_id: str, key: str, preference: Preference, category: Category) -> Hint:
    """Return a hint that is made now."""
    return Hint(
        schema_version=HINT_SCHEMA_VERSION,
        user_id=user_id,
        merchant_key=key,
        preference=preference,
        category=category,
        created_at=datetime.fromtimestamp(time.time(), UTC),
    )


def active_hints(kafka: KafkaSettings, *, user_id: str | None = None) -> Iterator[Hint]:
    """Yield the hints that hold now, of one user or of all, in the order in which they were first set.

    All that hold are kept in memory until the topic's end is read. Raises StreamError, BrokerError.
    """
    check_topics(kafka, [HINTS])
    found: dict[tuple[str, str], Hint] = {}
    for message in read_topic(kafka, HINTS):
        read = read_hint(message.key(), message.value())
        if message.partition() != PARTITION or isinstance(read, RecordError):
            continue
        if user_id is not None and read.user_id != user_id:
            continue
        if read.hint is None:
            found.pop((read.user_id, read.merchant_key), None)
        else:
            found[read.user_id, read.merchant_key] = read.hint
    yield from found.values()


def write_hints(kafka: KafkaSettings, hints: Iterable[Hint]) -> Published:
    """Write hints; each holds from now on for its user and merchant."""
    records = (
        OutgoingRecord(HINTS.name, hint_key(hint.user_id, hint.merchant_key), encode_event(hint), PARTITION)
        for hint in hints
    )
    return publish(records, kafka=kafka, topics=(HINTS,))


def take_back(kafka: KafkaSettings, user_id: str, key: str) -> None:
    """Take a hint back, whether there is one or not; raises BrokerError where the broker does not take it."""
    done = publish([OutgoingRecord(HINTS.name, hint_key(user_id, key), None, PARTITION)], kafka=kafka, topics=(HINTS,))
    if done.delivered != 1:
        raise BrokerError(f"the hint may still hold: {done.first_error or 'the broker did not answer'}; try again")


def hint_records(kafka: KafkaSettings, user_id: str) -> list[OutgoingRecord]:
    """Return what takes back every record of a user on the topic, in partitions that no worker reads too.

    Raises StreamError, BrokerError.
    """
    check_topics(kafka, [HINTS])
    standing: dict[tuple[int, bytes], bool] = {}
    for message in read_topic(kafka, HINTS):
        key, partition = message.key() or b"", message.partition()
        names = read_hint_key(key)
        if names is not None and names[0] == user_id and partition is not None:
            standing[partition, key] = message.value() is not None
    return [OutgoingRecord(HINTS.name, key, None, at) for (at, key), has_value in standing.items() if has_value]


def take_back_all(kafka: KafkaSettings, records: Iterable[OutgoingRecord]) -> int:
    """Write such records and return how many; raises BrokerError where the broker does not take them all."""
    done = publish(records, kafka=kafka, topics=(HINTS,))
    if done.failed or done.unconfirmed:
        raise BrokerError(f"some hints may still hold: {done.first_error or 'the broker did not answer'}; try again")
    return done.delivered
