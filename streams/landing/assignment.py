"""Landing assignment: the partitions that this landing owns, where each goes on, and how far behind its end it is."""

from collections.abc import Collection, Mapping, Sequence

import structlog
from confluent_kafka import Consumer, TopicPartition

from streams.landing.gaps import LandingGaps
from streams.landing.lag import export_lag
from streams.landing.landed_positions import Move, Partition
from streams.landing.mapping.copy_format import Landed
from streams.landing.positions import next_offsets
from streams.landing.store import LandingStore
from streams.landing.topics import LandingTopics
from streams.settings import KafkaSettings

log = structlog.get_logger(__name__)


class LandingAssignment:
    """Lives in the landing's thread; where ``must_locate``, positions are unknown and nothing is fetched."""

    def __init__(self, consumer: Consumer, kafka: KafkaSettings) -> None:
        self._consumer = consumer
        self._gaps = LandingGaps()
        self._partitions: list[Partition] = []
        self._next: dict[Partition, int] = {}
        self._polled: dict[Partition, int] = {}
        self._ended: dict[Partition, int] = {}
        self.topics = LandingTopics(kafka)
        self.must_locate = False

    def locate(self, store: LandingStore) -> None:
        """Read the positions of what is assigned, begin where there is none, and read on from there."""
        if self.topics.read():
            self._gaps.forget()
        self._next = next_offsets(store, self._consumer, self._partitions, topic_ids=self.topics.ids)
        self._gaps.moved(self._next)
        if self._partitions:
            read = {at: offset for at, offset in self._next.items() if at not in self._gaps.partitions}
            self._consumer.assign([TopicPartition(*partition, offset) for partition, offset in read.items()])
            log.info("landing_assigned", partitions=len(read))
        self.must_locate = False

    def look_for_gaps(self, lost: Collection[Partition]) -> None:
        """Find out why the broker does not have these positions, and have all of them read again."""
        if self.topics.are_the_same():  # else the position is of a topic that is gone
            self._gaps.look(self._consumer, {at: self._next[at] for at in lost if at in self._next})
        self.rewind()

    def has_passed_a_gap(self, store: LandingStore) -> bool:
        """Whether an operator has moved a partition on behind its gap, asking now and then."""
        if not self._gaps.take_turn():
            return False
        self.export_lag()
        return self._gaps.moved(store.positions(self.topics.ids))

    def moves(self, records: Sequence[Landed]) -> list[Move]:
        """Return how the positions move where these records land."""
        ends: dict[Partition, int] = {}
        for record in records:
            ends[record.topic, record.partition] = record.offset + 1
        self._polled.update(ends)
        ids = self.topics.ids
        return [Move(topic, at, self._next[topic, at], end, ids[topic]) for (topic, at), end in ends.items()]

    def have_landed(self, moves: Sequence[Move]) -> None:
        """Go on behind what has landed."""
        self._next.update({(move.topic, move.partition): move.end for move in moves})

    def have_ended(self, ends: Mapping[Partition, int]) -> None:
        """Learn where partitions hold no more."""
        self._ended.update(ends)

    def export_lag(self, *, cached: bool = True) -> None:
        """Export how many records wait; raises KafkaException where no broker answers."""
        ask = self._gaps.partitions if cached else self._next.keys()
        export_lag(self._consumer, self._next, polled=self._polled, ended=self._ended, ask=ask)

    def rewind(self) -> None:
        """Have everything that did not land read again."""
        self._consumer.assign([])  # nothing is fetched until the positions are known again
        self._ended.clear()
        self.must_locate = True

    def on_assign(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        """Take what the group gives."""
        self._partitions = [(partition.topic, partition.partition) for partition in partitions]
        self._gaps.forget()
        self.rewind()

    def on_revoke(self, _: Consumer, __: list[TopicPartition]) -> None:
        """Forget the positions; the client unassigns by itself, and waits for ever where we assign anything here."""
        self._partitions, self._next = [], {}
        self._gaps.forget()
        self._ended.clear()
        self.must_locate = True
        log.info("landing_revoked")
