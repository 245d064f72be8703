"""Pause store: which partitions wait for an operator, and the word that lets them go on, both kept as committed
positions.

A paused partition carries its reason as the metadata of the worker group's position. ``ledgermind dlq resume`` commits
the same position and reason for a group beside it; a worker goes on from that pause and from any before it. Neither
needs a further topic, nor a way to write to a worker.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from confluent_kafka import Consumer, TopicPartition
from msgspec import Struct

from schemas.contracts.topics import TRANSACTIONS
from streams.dead_letters.limits import pause_reason
from streams.kafka.clients import reader
from streams.kafka.position_note import note_of, topic_id_of, with_topic_id
from streams.settings import KafkaSettings

SECONDS: Final = 5.0


class Pause(Struct, frozen=True):
    """Where a partition stands still, and why."""

    position: int
    reason: str
    topic_id: str | None = None  # of the topic, where the position names it

    def is_ended_by(self, last: "Pause | None") -> bool:
        """Whether an operator has ended this pause, where ``last`` is the one that was ended last.

        A partition may be paused again where it stood: that needs another word. One without a reason ends any. What
        was said of a topic that is gone ends no pause of the one that was made in its place.
        """
        if last is None or (last.topic_id is not None and last.topic_id != self.topic_id):
            return False
        if last.position != self.position:
            return last.position > self.position
        return last.reason in ("", self.reason)


class Pauses:
    """Asks and tells the broker; every call may raise KafkaException."""

    def __init__(self, kafka: KafkaSettings, *, group: str) -> None:
        self._committed = Consumer(reader(kafka) | {"group.id": group})  # never joins it
        self._resumed = Consumer(reader(kafka) | {"group.id": f"{group}-resume"})

    def resumed(self, partitions: Collection[int]) -> dict[int, Pause]:
        """Return the pause that an operator ended last in each partition, where one did."""
        found = self._resumed.committed(_places(partitions), SECONDS)
        return {
            at.partition: Pause(at.offset, note_of(at.metadata), topic_id_of(at.metadata))
            for at in found
            if at.offset >= 0
        }

    def paused(self) -> dict[int, Pause]:
        """Return every partition that stands still."""
        known = self._committed.list_topics(TRANSACTIONS.name, timeout=SECONDS).topics[TRANSACTIONS.name]
        found = {}
        for at in self._committed.committed(_places(known.partitions), SECONDS):
            reason = pause_reason(at.metadata)
            if reason is not None:
                found[at.partition] = Pause(at.offset, reason, topic_id_of(at.metadata))
        gone_on = self.resumed(found) if found else {}
        return {at: pause for at, pause in found.items() if not pause.is_ended_by(gone_on.get(at))}

    def resume(self, pauses: Mapping[int, Pause]) -> None:
        """Let partitions go on from where they stand."""
        places = [
            TopicPartition(TRANSACTIONS.name, partition, pause.position, metadata=_note(pause))
            for partition, pause in pauses.items()
        ]
        self._resumed.commit(offsets=places, asynchronous=False)

    def close(self) -> None:
        """Leave."""
        self._committed.close()
        self._resumed.close()


def _note(pause: Pause) -> str:
    return pause.reason if pause.topic_id is None else with_topic_id(pause.reason, pause.topic_id)


def _places(partitions: Iterable[int]) -> list[TopicPartition]:
    return [TopicPartition(TRANSACTIONS.name, partition) for partition in partitions]
