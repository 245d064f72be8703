"""Committed positions: where a partition is read from when it is assigned."""

import time
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

BROKER_SECONDS: Final = 30.0

log = structlog.get_logger(__name__)


def committed_positions(consumer: Consumer, partitions: list[TopicPartition]) -> list[TopicPartition]:
    """Ask for the committed positions until the broker has stable ones; raises KafkaException where it has none."""
    deadline = time.monotonic() + BROKER_SECONDS
    while True:
        try:
            found: list[TopicPartition] = consumer.committed(partitions, timeout=BROKER_SECONDS)
            faults = [at.error for at in found if at.error is not None]
            if not faults:
                return found
            raise KafkaException(faults[0])
        except KafkaException as error:
            log.warning("committed_positions_unavailable", reason=error.args[0].name())
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def start_of(consumer: Consumer, at: TopicPartition) -> int:
    """Return the committed position, or the first record of a partition that was never read."""
    if at.offset >= 0:
        return int(at.offset)
    log.warning("no_committed_position", partition=at.partition, reading_from="the first record")
    low, _ = consumer.get_watermark_offsets(TopicPartition(at.topic, at.partition), timeout=BROKER_SECONDS)
    return int(low)
