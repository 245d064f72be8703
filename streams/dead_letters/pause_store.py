"""Pause store: which partitions wait for an operator, and the word that lets them go on, both kept as committed
positions.

A paused partition carries its reason as the metadata of the worker group's position. ``ledgermind dlq resume`` commits
the same position and reason for a group beside it; a worker goes on from that pause and from any before it. Neither
needs a further topic, nor a way to write to a worker.
"""

from collections.abc import Collection, Mapping
from typing import Final

from confluent_kafka import Consumer, TopicPartition
from msgspec import Struct

from schemas.contracts.topics import TRANSACTIONS
from streams.dead_letters.limits import pause_reason
from streams.kafka.clients import reader
from streams.settings import KafkaSettings

SECONDS: Final = 5.0


class Pause(Struct, frozen=True):
    """Where a partition stands still, and why."""

    position: int
    reason: str

    def is_ended_by(self, last: "Pause | None") -> bool:
        """Whether an operator has ended this pause, where ``last`` is the one that was ended last.

        A partition may be paused again where it stood: that needs another word. One without a reason ends any.
        """
        if last is None or last.position != self.position:
            return last is not None and last.position > self.position
        return last.reason in ("", self.reason)


class Pauses:
    """Asks and tells the broker; every call may raise KafkaException."""

    def __init__(self, kafka: KafkaSettings, *, group: str) -> None:
        self._committed = Consumer(reader(kafka) | {"group.id": group})  # never joins it
        self._resumed = Consumer(reader(kafka) | {"group.id": f"{group}-resume"})

    def resumed(self, partitions: Collection[int]) -> dict[int, Pause]:
        """Return the pause that an operator ended last in each partition, where one did."""
        places = [TopicPartition(TRANSACTIONS.name, partition) for partition in partitions]
        found = self._resumed.committed(places, SECONDS)
        return {at.partition: Pause(at.offset, at.metadata or "") for at in found if at.offset >= 0}

    def paused(self) -> dict[int, Pause]:
        """Return every partition that stands still."""
        places = [TopicPartition(TRANSACTIONS.name, partition) for partition in range(TRANSACTIONS.partitions)]
        reasons = {
            at.partition: (at.offset, pause_reason(at.metadata)) for at in self._committed.committed(places, SECONDS)
        }
        found = {partition: Pause(at, reason) for partition, (at, reason) in reasons.items() if reason is not None}
        gone_on = self.resumed(found) if found else {}
        return {at: pause for at, pause in found.items() if not pause.is_ended_by(gone_on.get(at))}

    def resume(self, pauses: Mapping[int, Pause]) -> None:
        """Let partitions go on from where they stand."""
        places = [
            TopicPartition(TRANSACTIONS.name, partition, pause.position, metadata=pause.reason)
            for partition, pause in pauses.items()
        ]
        self._resumed.commit(offsets=places, asynchronous=False)

    def close(self) -> None:
        """Leave."""
        self._committed.close()
        self._resumed.close()
