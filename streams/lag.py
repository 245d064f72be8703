"""Lag: how far behind the broker's cached end each partition is read."""

import time
from collections.abc import Mapping
from typing import Final

from confluent_kafka import Consumer, TopicPartition

from streams import metrics

EXPORT_SECONDS: Final = 1.0


class Lag:
    """Exports the lag of one consumer, which only the polling thread may ask."""

    def __init__(self, consumer: Consumer, *, topic: str) -> None:
        self._consumer = consumer
        self._topic = topic
        self._exported_at = 0.0

    def export(self, positions: Mapping[int, int]) -> None:
        """Export the records behind each position, at most once a second."""
        now = time.monotonic()
        if now - self._exported_at < EXPORT_SECONDS:
            return
        self._exported_at = now
        for partition, position in positions.items():
            _, high = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), cached=True)
            if high >= 0:
                metrics.CONSUMER_LAG.labels(partition).set(max(0, high - position))

    def forget(self) -> None:
        """The partitions are somebody else's."""
        metrics.CONSUMER_LAG.clear()
