"""Pauses: which partitions wait for an operator, and the word that lets them go on, both kept as committed positions.

A paused partition carries its reason as the metadata of the worker group's position. ``ledgermind dlq resume`` commits
the same position for a group beside it; a worker goes on from a pause at or before that. Neither needs a further topic,
nor a way to write to a worker.
"""

from collections.abc import Collection, Mapping
from typing import Final

from confluent_kafka import Consumer, TopicPartition
from msgspec import Struct

from schemas.topics import TRANSACTIONS
from streams.clients import reader
from streams.dead_letter_limits import pause_reason
from streams.settings import KafkaSettings

SECONDS: Final = 5.0


class Pause(Struct, frozen=True):
    """Where a partition stands still, and why."""

    position: int
    reason: str


class Pauses:
    """Asks and tells the broker; every call may raise KafkaException."""

    def __init__(self, kafka: KafkaSettings, *, group: str) -> None:
        self._committed = Consumer(reader(kafka) | {"group.id": group})  # never joins it
        self._resumed = Consumer(reader(kafka) | {"group.id": f"{group}-resume"})

    def resumed(self, partitions: Collection[int]) -> dict[int, int]:
        """Return the position up to which an operator let each partition go on, where one did."""
        places = [TopicPartition(TRANSACTIONS.name, partition) for partition in partitions]
        return {at.partition: at.offset for at in self._resumed.committed(places, SECONDS) if at.offset >= 0}

    def paused(self) -> dict[int, Pause]:
        """Return every partition that stands still."""
        places = [TopicPartition(TRANSACTIONS.name, partition) for partition in range(TRANSACTIONS.partitions)]
        reasons = {
            at.partition: (at.offset, pause_reason(at.metadata)) for at in self._committed.committed(places, SECONDS)
        }
        found = {partition: Pause(at, reason) for partition, (at, reason) in reasons.items() if reason is not None}
        gone_on = self.resumed(found) if found else {}
        return {partition: pause for partition, pause in found.items() if gone_on.get(partition, -1) < pause.position}

    def resume(self, pauses: Mapping[int, Pause]) -> None:
        """Let partitions go on from where they stand."""
        places = [TopicPartition(TRANSACTIONS.name, partition, pause.position) for partition, pause in pauses.items()]
        self._resumed.commit(offsets=places, asynchronous=False)

    def close(self) -> None:
        """Leave."""
        self._committed.close()
        self._resumed.close()
