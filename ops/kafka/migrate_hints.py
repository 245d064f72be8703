"""Migrate hints: the hints that hold, with the categories of another taxonomy, on the same topic."""

from collections import Counter
from collections.abc import Mapping
from typing import Final, cast

import msgspec

from ops.errors import BrokerError
from ops.kafka.hints import PARTITION
from ops.kafka.publish import OutgoingRecord, publish
from ops.kafka.reader import read_topic
from schemas.contracts.topics import HINTS
from schemas.taxonomy.definition import Taxonomy
from streams.kafka.topic_check import check_topics
from streams.settings import KafkaSettings

CATEGORY: Final = "category"


def count_hints(kafka: KafkaSettings, new: Taxonomy) -> Counter[str]:
    """Return how many hints that hold name each category that is none of the new taxonomy; raises StreamError."""
    return Counter(str(hint[CATEGORY]) for hint in _standing(kafka).values() if hint[CATEGORY] not in new.ids)


def write_migrated(kafka: KafkaSettings, new: Taxonomy, successors: Mapping[str, str | None]) -> int:
    """Write such hints with the successors of their categories, and take back those without one; return how many.

    Raises BrokerError where not all are taken: a second run writes the others.
    """
    records = []
    for key, hint in _standing(kafka).items():
        if hint[CATEGORY] in new.ids:
            continue
        successor = successors[str(hint[CATEGORY])]
        value = None if successor is None else msgspec.json.encode(hint | {CATEGORY: successor})
        records.append(OutgoingRecord(HINTS.name, key, value, PARTITION))
    if not records:
        return 0
    done = publish(records, kafka=kafka, topics=(HINTS,))
    if done.failed or done.unconfirmed:
        raise BrokerError(
            f"some hints may still name old categories: {done.first_error or 'the broker did not answer'}; run it again"
        )
    return done.delivered


def _standing(kafka: KafkaSettings) -> dict[bytes, dict[str, object]]:
    """Return the last value of each key, where it is an object with a category: a worker of its taxonomy read it."""
    check_topics(kafka, [HINTS])
    found: dict[bytes, dict[str, object]] = {}
    for message in read_topic(kafka, HINTS):
        key, value = message.key(), message.value()
        if message.partition() != PARTITION or key is None:
            continue
        if value is None:
            found.pop(key, None)
            continue
        try:
            hint = msgspec.json.decode(value)
        except msgspec.DecodeError:
            continue
        if isinstance(hint, dict) and isinstance(hint.get(CATEGORY), str):
            found[key] = cast("dict[str, object]", hint)
    return found
