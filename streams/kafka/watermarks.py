"""Watermarks: the first offset that a partition still has and the one behind its last, asked of the broker."""

import time
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

BROKER_SECONDS: Final = 30.0
AGAIN_SECONDS: Final = 0.2

log = structlog.get_logger(__name__)


def watermarks(consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
    """Return both, asking again while the client does not know yet where a new or moved partition lies.

    Raises KafkaException where there is no answer in time.
    """
    deadline = time.monotonic() + BROKER_SECONDS
    while True:
        try:
            low, high = consumer.get_watermark_offsets(place, timeout=BROKER_SECONDS)
            return int(low), int(high)
        except KafkaException as error:
            if time.monotonic() > deadline:
                raise
            log.warning("watermarks_unknown", partition=place.partition, reason=error.args[0].name())
            time.sleep(AGAIN_SECONDS)
