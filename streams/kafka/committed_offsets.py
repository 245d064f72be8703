"""Committed positions: where a partition is read from when it is assigned."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition
from msgspec import Struct

from streams import metrics
from streams.errors import PositionsPending
from streams.kafka.position_note import topic_id_of
from streams.kafka.watermarks import watermarks

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


class Starts(Struct, frozen=True):
    """Where partitions are read from, and those of the committed positions that hold for the topic that is there.

    ``unknown`` are the partitions without one, which begin at their first record if nothing answers it.
    """

    positions: Mapping[int, int]
    committed: Sequence[TopicPartition]

    @property
    def unknown(self) -> dict[int, int]:
        """The first record of each partition that has no position."""
        known = {at.partition for at in self.committed}
        return {partition: start for partition, start in self.positions.items() if partition not in known}


def starts_of(consumer: Consumer, committed: Iterable[TopicPartition], *, topic_id: str) -> Starts:
    """Return each committed position, or the first record of a partition that was never read.

    A position that names another topic's id was committed for a topic that is gone: it says nothing of this one.
    """
    positions, ours = {}, []
    for at in committed:
        named = topic_id_of(at.metadata)
        if at.offset >= 0 and named in (None, topic_id):
            positions[at.partition] = int(at.offset)
            ours.append(at)
            continue
        if at.offset >= 0:
            log.error("position_of_another_topic", partition=at.partition, position=at.offset, of=named, now=topic_id)
        log.warning(
            "no_committed_position", partition=at.partition, reading_from="the first record, if nothing answers it"
        )
        positions[at.partition] = watermarks(consumer, TopicPartition(at.topic, at.partition))[0]
    return Starts(positions, ours)


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
