"""Paused partitions: the assigned partitions that wait for an operator, and where each of them stands."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

import structlog
from confluent_kafka import KafkaException, TopicPartition

from streams import metrics
from streams.dead_letters.limits import DeadLetterLimits, pause_reason
from streams.dead_letters.pause_store import Pause

ASK_SECONDS: Final = 1.0  # how often a paused partition asks whether it may go on

log = structlog.get_logger(__name__)


class Standstill:
    """Lives in the polling thread; ``resumed`` says which pause of a partition an operator ended last."""

    def __init__(self, limits: DeadLetterLimits, *, resumed: Callable[[Collection[int]], Mapping[int, Pause]]) -> None:
        self._limits = limits
        self._resumed = resumed
        self._topic_id = ""
        self._stands_at: dict[int, int] = {}
        self._asked_at = 0.0

    @property
    def partitions(self) -> Collection[int]:
        """The partitions that are not to be read."""
        return self._stands_at.keys()

    def assign(self, committed: Iterable[TopicPartition], positions: Mapping[int, int], *, topic_id: str) -> None:
        """Begin anew with what the metadata beside each committed position says."""
        self._topic_id = topic_id
        reasons = {at.partition: pause_reason(at.metadata) for at in committed}
        self._stands_at = {at: positions[at] for at, reason in reasons.items() if reason is not None}
        self._limits.assign({at: reasons[at] or "" for at in self._stands_at})
        for partition in self._gone_on() if self._stands_at else ():
            del self._stands_at[partition]
            self._limits.resume(partition)
        self._export()

    def forget(self) -> None:
        """The partitions are somebody else's."""
        self._stands_at = {}
        self._export()

    def holds_all(self, partitions: Collection[int]) -> bool:
        """Whether there are ``partitions`` and none of them may be read."""
        return bool(partitions) and self._limits.paused.issuperset(partitions)

    def move(self, positions: Mapping[int, int]) -> None:
        """Take over where the partitions are read from again."""
        for partition in self._stands_at.keys() & positions.keys():
            self._stands_at[partition] = positions[partition]

    def begin(self, positions: Mapping[int, int]) -> bool:
        """Take over what the limits have paused since; whether there was any."""
        new = {at: positions[at] for at in self._limits.paused if at in positions and at not in self._stands_at}
        self._stands_at.update(new)
        self._export()
        return bool(new)

    def end(self, positions: Mapping[int, int]) -> bool:
        """Let go on what an operator has let go on, asking now and then; whether there was any."""
        now = time.monotonic()
        if not self._stands_at or now - self._asked_at < ASK_SECONDS:
            return False
        self._asked_at = now
        going_on = self._gone_on()
        for partition in going_on:
            del self._stands_at[partition]
            self._limits.resume(partition)
            log.warning("partition_resumed", partition=partition, position=positions[partition])
        self._export()
        return bool(going_on)

    def _export(self) -> None:
        metrics.PAUSED_PARTITIONS.set(len(self._stands_at))

    def _gone_on(self) -> list[int]:
        """Which of the partitions an operator lets go on."""
        try:
            resumed = self._resumed(self._stands_at.keys())
        except KafkaException as error:
            log.warning("resumed_positions_unavailable", reason=error.args[0].name())
            return []
        pauses = {
            at: Pause(position, self._limits.reason(at), self._topic_id) for at, position in self._stands_at.items()
        }
        return [partition for partition, pause in pauses.items() if pause.is_ended_by(resumed.get(partition))]
