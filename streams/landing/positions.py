"""Landing positions: where each partition goes on, as Postgres says, or its first record where that says nothing."""

from collections.abc import Mapping, Sequence

import structlog
from confluent_kafka import Consumer, TopicPartition

from streams.kafka.watermarks import watermarks
from streams.landing.landed_positions import Partition
from streams.landing.mapping.tables import TABLE_OF_TOPIC
from streams.landing.store import LandingStore

log = structlog.get_logger(__name__)


def next_offsets(
    store: LandingStore, consumer: Consumer, partitions: Sequence[Partition], *, topic_ids: Mapping[str, str]
) -> dict[Partition, int]:
    """Return the next offset of each partition of the topics with these ids, and begin those that have none.

    Raises psycopg.Error, or KafkaException where the broker does not say which offsets it has.
    """
    _name(store, consumer, topic_ids)
    positions = store.positions(topic_ids)
    unknown = [partition for partition in partitions if partition not in positions]
    if unknown:
        store.begin_at({at: watermarks(consumer, TopicPartition(*at))[0] for at in unknown}, topic_ids)
        positions = store.positions(topic_ids)
    return {partition: positions[partition] for partition in partitions}


def _name(store: LandingStore, consumer: Consumer, topic_ids: Mapping[str, str]) -> None:
    """Give positions that name no topic the id of the one that is there, unless one of them says that theirs is gone.

    It is decided once for all partitions of a topic: by and by its end may pass every position of the one before.
    """
    unnamed = {at: offset for at, offset in store.positions().items() if at[0] in TABLE_OF_TOPIC}
    others = {at[0] for at, offset in unnamed.items() if offset > watermarks(consumer, TopicPartition(*at))[1]}
    if others:
        log.error("landing_positions_of_other_topics", topics=sorted(others), hint="landed from the first record")
        store.set_apart(others)
    named = {topic: topic_id for topic, topic_id in topic_ids.items() if topic not in others}
    if unnamed and (moved := store.name_topics(named)):
        log.info("landing_positions_named", positions=moved)
