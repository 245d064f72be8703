"""Landing lag: how far behind the end of each topic the landing stands."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

from confluent_kafka import Consumer, TopicPartition

from schemas.contracts.topics import default_name_of
from streams.landing import metrics

BROKER_SECONDS: Final = 15.0
Partition = tuple[str, int]


def export_lag(
    consumer: Consumer,
    positions: Mapping[Partition, int],
    *,
    polled: Mapping[Partition, int],
    ended: Mapping[Partition, int],
    ask: Collection[Partition],
) -> None:
    """Export the records that wait in each topic, from the next offset to land by topic and partition.

    The end that the client knows is of what it fetches; of partitions of which nothing is fetched the broker must be
    asked (``ask``). It lies no earlier than what was ``polled``: a broker may name an end that is a moment old.
    ``ended`` is where the client said that a partition holds no more: behind its last record there may be a
    transaction's marker, which counts as an offset and is no record. Raises KafkaException where none answers.
    """
    behind: Counter[str] = Counter()
    for (topic, partition), landed in positions.items():
        place = TopicPartition(topic, partition)
        position = max(landed, ended.get((topic, partition), 0))
        cached = (topic, partition) not in ask
        _, high = consumer.get_watermark_offsets(place, timeout=BROKER_SECONDS, cached=cached)
        behind[topic] += max(0, high - position, polled.get((topic, partition), 0) - position)
    for topic, records in behind.items():
        metrics.LAG.labels(default_name_of(topic)).set(records)
