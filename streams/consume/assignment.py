"""Assignment: the partitions that this worker owns, where each is read on, and which of them wait.

Every call is made on the source's thread: rebalances are served within its polls.
"""

import threading
from collections.abc import Callable, Collection, Mapping
from typing import Final

import structlog
from confluent_kafka import Consumer, TopicPartition

from streams import metrics
from streams.consume.gaps import Gaps, Passage
from streams.consume.in_flight import InFlight
from streams.consume.lost_positions import LostPositions
from streams.consume.offset_ledger import Ledger
from streams.dead_letters.paused_partitions import Standstill
from streams.errors import TopicError
from streams.kafka.committed_offsets import committed_positions, starts_of
from streams.kafka.topic_watch import TopicWatch

REVOKE_SECONDS: Final = 10.0

log = structlog.get_logger(__name__)


class Assignment:
    """What the group has assigned; ``still_here`` is called while a wait within a call takes long."""

    def __init__(
        self,
        consumer: Consumer,
        *,
        topic: str,
        watch: TopicWatch,
        ledger: Ledger,
        standstill: Standstill,
        gaps: Gaps,
        lost: LostPositions,
        in_flight: InFlight,
        patience_seconds: float,
        still_here: Callable[[], None],
    ) -> None:
        self._consumer = consumer
        self._topic = topic
        self._watch = watch
        self._ledger = ledger
        self._standstill = standstill
        self._gaps = gaps
        self._lost = lost
        self._in_flight = in_flight
        self._patience_seconds = patience_seconds
        self._still_here = still_here
        self._given_up: dict[int, int] = {}  # where the partitions stood that were assigned before
        self.topic_id = ""
        self.positions: dict[int, int] = {}
        self.assigned = threading.Event()

    @property
    def is_paused(self) -> bool:
        """Whether a partition is paused until an operator says so; back-pressure pauses none."""
        return bool(self._standstill.partitions)

    @property
    def has_gap(self) -> bool:
        """Whether a partition's position is not on the broker."""
        return bool(self._gaps.partitions)

    @property
    def is_looking(self) -> bool:
        """Whether a partition without a position waits until it is known what the outputs answer."""
        return bool(self._lost.partitions)

    def passage(self) -> Passage | None:
        """Return the way behind a gap that an operator has asked for."""
        return self._gaps.passage(self._consumer, self._topic, topic_id=self.topic_id, positions=self.positions)

    def look_for_gaps(self, lost: Collection[int]) -> None:
        """Find out why the broker does not have a position; what it has after all is read again."""
        if self._watch.topic_id(waiting=self._still_here) != self.topic_id:
            return  # the position is of a topic that is gone: the next turn begins with the one that is there
        stood = {partition: self.positions[partition] for partition in lost if partition in self.positions}
        if self._gaps.look(self._consumer, self._topic, stood):
            self.read_from(self.positions)
        self.pause(self._gaps.partitions)

    def read_from(self, positions: Mapping[int, int]) -> None:
        """Fetch again from ``positions``; assigning anew drops whatever was fetched ahead, which a seek may not."""
        undone = {partition for partition, at in positions.items() if at < self.positions.get(partition, at)}
        if self._standstill.holds_all(undone):
            self._in_flight.unfinished_since = None  # until an operator says so, nothing is due
        self.positions = dict(positions)
        self._standstill.move(positions)
        self._consumer.assign([TopicPartition(self._topic, *at) for at in sorted(positions.items())])
        self.go_on()
        log.info("source_reread", partitions=len(positions))

    def read_again(self, positions: Mapping[int, int]) -> None:
        """Fetch again what an abort has undone."""
        self._gaps.stand_again(self._has_position)
        self.read_from(positions)

    def _has_position(self, partition: int) -> bool:
        return self._committed([partition])[0].offset >= 0

    def _committed(self, partitions: Collection[int]) -> list[TopicPartition]:
        asked = [TopicPartition(self._topic, partition) for partition in sorted(partitions)]
        return committed_positions(self._consumer, asked, self._patience_seconds, self._still_here)

    def heed_limits(self) -> None:
        """Stop reading what yields little but dead letters; ask now and then whether it may be read again."""
        if self._lost.heed(self._consumer, self._topic):
            self.go_on()
        if self._standstill.begin(self.positions):
            self.pause(self._standstill.partitions)
        if self._standstill.end(self.positions):
            self.go_on()

    def go_on(self) -> None:
        """Fetch everything but what is paused; the client remembers a pause through any assignment."""
        waiting = self._gaps.partitions.union(self._standstill.partitions, self._lost.partitions)
        self._consumer.resume([TopicPartition(self._topic, partition) for partition in self.positions.keys() - waiting])
        self.pause(waiting)

    def pause(self, partitions: Collection[int]) -> None:
        """Fetch nothing of ``partitions``, be it for a moment or until an operator says so."""
        if partitions:
            self._consumer.pause([TopicPartition(self._topic, partition) for partition in partitions])

    def on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Begin to read what the group gives."""
        self._begin([at.partition for at in partitions])
        metrics.REBALANCES.inc()
        self.assigned.set()
        log.info("partitions_assigned", partitions=sorted(self.positions))

    def _begin(self, partitions: Collection[int]) -> None:
        """Read ``partitions`` from their committed positions, as far as these are of the topic that is there now.

        A topic that was missing for a while is assigned anew by the client itself, so the change is told here.
        """
        topic_id = self._watch.topic_id(waiting=self._still_here)
        if topic_id and self.topic_id not in ("", topic_id):
            positions = self.positions or self._given_up
            log.error("topic_made_anew", old=self.topic_id, new=topic_id, positions_in_old=positions)
            metrics.TOPICS_MADE_ANEW.inc()
        self.topic_id = topic_id
        starts = starts_of(self._consumer, self._committed(partitions), topic_id=self.topic_id)
        self._gaps.forget()
        self._lost.assign(starts.unknown, topic_id=self.topic_id)
        self._standstill.assign(starts.committed, starts.positions, topic_id=self.topic_id)
        self._ledger.assign(starts.positions)
        self.read_from(starts.positions)

    def heed_topic(self) -> None:
        """Begin anew where another topic stands behind the name: what was read ahead or is under way is of the old one.

        Nothing of it is committed any more: each commit waits for the id that its topic had after the poll.
        """
        facts = self._watch.facts
        if not self.positions or facts is None or facts.topic_id == self.topic_id:
            return
        if facts.partitions <= max(self.positions):
            raise TopicError(
                f"topic {self._topic} was made anew with {facts.partitions} partitions; "
                "add partitions with: ledgermind topics alter"
            )
        self._ledger.revoke()
        self._in_flight.unfinished_since = None  # what was dropped is gone with the old topic
        self._begin(self.positions)

    def on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Let what is under way be committed while the partitions are still ours, within a deadline."""
        in_time = self._in_flight.wait_until_idle(REVOKE_SECONDS)
        self._forget(partitions, reason="revoked" if in_time else "revoked_before_idle")

    def on_lost(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Others may own the partitions already: nothing of this epoch may be committed."""
        self._forget(partitions, reason="lost")

    def _forget(self, partitions: list[TopicPartition], *, reason: str) -> None:
        self._ledger.revoke()
        self._given_up, self.positions = self.positions or self._given_up, {}
        self._standstill.forget()
        self._gaps.forget()
        self._lost.forget()
        self._in_flight.unfinished_since = None  # whoever owns the partitions now finishes what was dropped
        self.assigned.clear()
        log.info("partitions_revoked", partitions=sorted(at.partition for at in partitions), reason=reason)
