"""Resets: how an operator asks a worker to move on behind a gap, kept as positions of a group beside the workers'.

The command may not move the workers' positions itself: the group is theirs while they live. It commits what it wants
for the group ``<group>-reset``, with its reason as metadata. The worker that owns the partition carries it out in a
transaction of its own, under the group's fence, and writes the act down behind it.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec
from confluent_kafka import Consumer, TopicPartition
from msgspec import Struct

from schemas.contracts.topics import TRANSACTIONS
from streams.kafka.clients import reader
from streams.settings import KafkaSettings

SECONDS: Final = 5.0


class Reset(Struct, frozen=True):
    """From one position of one topic to another; ``to`` of None is the first offset that the broker still has."""

    reset_id: str
    topic_id: str
    start: int
    to: int | None
    actor: str
    reason: str
    asked_at: datetime

    def fits(self, topic_id: str, position: int) -> bool:
        """Whether it was asked for this position of this topic."""
        return self.topic_id == topic_id and self.start == position


class Resets:
    """Asks and tells the broker; every call may raise KafkaException."""

    def __init__(self, kafka: KafkaSettings, *, group: str) -> None:
        self._asked = Consumer(reader(kafka) | {"group.id": f"{group}-reset"})  # never joins it

    def asked(self, partitions: Collection[int]) -> dict[int, Reset]:
        """Return what operators asked for, by partition; what cannot be read is nobody's wish."""
        places = [TopicPartition(TRANSACTIONS.name, partition) for partition in partitions]
        found = {at.partition: _read(at.metadata) for at in self._asked.committed(places, SECONDS)}
        return {partition: reset for partition, reset in found.items() if reset is not None}

    def ask(self, partition: int, reset: Reset) -> None:
        """Ask for a reset of a partition, in place of an earlier one."""
        metadata = msgspec.json.encode(reset).decode()
        place = TopicPartition(TRANSACTIONS.name, partition, reset.start, metadata)
        self._asked.commit(offsets=[place], asynchronous=False)

    def close(self) -> None:
        """Leave."""
        self._asked.close()


def _read(metadata: str | None) -> Reset | None:
    try:
        return msgspec.json.decode(metadata or "", type=Reset)
    except msgspec.MsgspecError:
        return None
