"""Committed positions: where a partition is read from when it is assigned."""

import time
from collections.abc import Callable
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

from streams import metrics
from streams.errors import PositionsPending

BROKER_SECONDS: Final = 30.0
ASK_SECONDS: Final = 3.0
ASK_ONE_SECONDS: Final = 0.5

log = structlog.get_logger(__name__)


def committed_positions(
    consumer: Consumer, partitions: list[TopicPartition], patience_seconds: float, waiting: Callable[[], None]
) -> list[TopicPartition]:
    """Ask for the committed positions until the broker has stable ones for all, and return these.

    A position is not stable while a transaction that moves it is open; the broker ends one whose worker died once its
    timeout has passed, so ``patience_seconds`` must exceed that. ``waiting`` is called before every question.
    Raises PositionsPending with the partitions that had none in time.
    """
    deadline = time.monotonic() + patience_seconds
    while True:
        waiting()
        found, reason = _ask(consumer, partitions, ASK_SECONDS)
        if reason is None:
            metrics.PENDING_POSITIONS.set(0)
            return found
        pending = []
        for at in partitions:
            waiting()
            if _ask(consumer, [at], ASK_ONE_SECONDS)[1] is not None:
                pending.append(at.partition)
        metrics.PENDING_POSITIONS.set(len(pending))
        log.warning("committed_positions_pending", reason=reason, partitions=pending)
        if pending and time.monotonic() > deadline:
            raise PositionsPending(pending, seconds=patience_seconds)


def start_of(consumer: Consumer, at: TopicPartition) -> int:
    """Return the committed position, or the first record of a partition that was never read."""
    if at.offset >= 0:
        return int(at.offset)
    log.warning("no_committed_position", partition=at.partition, reading_from="the first record")
    low, _ = consumer.get_watermark_offsets(TopicPartition(at.topic, at.partition), timeout=BROKER_SECONDS)
    return int(low)


def _ask(
    consumer: Consumer, partitions: list[TopicPartition], seconds: float
) -> tuple[list[TopicPartition], str | None]:
    """Return the positions, or else why there are none; librdkafka asks again by itself until the time is over."""
    started_at = time.monotonic()
    try:
        found: list[TopicPartition] = consumer.committed(partitions, timeout=seconds)
        faults = [at.error for at in found if at.error is not None]
        if not faults:
            return found, None
        reason = faults[0].name()
    except KafkaException as error:
        reason = error.args[0].name()
    time.sleep(max(0.0, min(0.2, started_at + seconds - time.monotonic())))
    return [], str(reason)
