"""Source: one thread that polls ``transactions`` and hands batches over, with their positions and group metadata."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

from streams import metrics
from streams.consume.batch import Batch, Polled, polled_of
from streams.consume.gaps import Gaps
from streams.consume.in_flight import InFlight
from streams.consume.intake import Intake
from streams.consume.lost_positions import LostPositions
from streams.consume.offset_ledger import Ledger, Span
from streams.consume.poll_settings import Cadence
from streams.dead_letters.paused_partitions import Standstill
from streams.errors import StreamError, TopicError
from streams.kafka.committed_offsets import committed_positions, starts_of
from streams.kafka.membership import EmbeddedGroup, leave_group
from streams.kafka.poll_errors import PollErrors, as_stream_error
from streams.kafka.topic_watch import TopicWatch

REVOKE_SECONDS: Final = 10.0
IDLE_POLL_SECONDS: Final = 0.1

log = structlog.get_logger(__name__)


class Source:
    """Owns the consumer; every call into it is made on one thread, as librdkafka's rebalances demand."""

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
        cadence: Cadence,
        deliver: Callable[[Batch], None],
        fail: Callable[[StreamError], None],
        leaves: bool,
        embedded: EmbeddedGroup | None,
    ) -> None:
        self._consumer = consumer
        self._topic = topic
        self._watch = watch
        self._topic_id = ""
        self._ledger = ledger
        self._standstill = standstill
        self._gaps = gaps
        self._lost = lost
        self._in_flight = in_flight
        self._cadence = cadence
        self._deliver = deliver
        self._fail = fail
        self._leaves = leaves
        self._embedded = embedded
        self._position: dict[int, int] = {}
        self._given_up: dict[int, int] = {}  # where the partitions stood that were assigned before
        self._batches = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="source", daemon=True)
        self._errors = PollErrors()
        self._intake = Intake(consumer, records=cadence.batch_records, size=cadence.batch_bytes)
        self._polled_at = time.monotonic()
        self.turned_at = time.monotonic()  # when the loop was last seen to turn, be it only to wait for room
        self.assigned = threading.Event()

    @property
    def partitions(self) -> Collection[int]:
        """The partitions that are assigned."""
        return list(self._position)

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

    @property
    def member_id(self) -> str:
        """What the group calls this member, empty where it is none."""
        return self._consumer.memberid() or ""

    def start(self) -> None:
        """Subscribe and begin to poll."""
        self._thread.start()

    def stop(self, *, timeout_seconds: float) -> None:
        """Stop polling, wait for what is under way, and leave the group, or else keep a static member's place in it."""
        self._stopping.set()
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        try:
            self._consumer.subscribe(
                [self._topic], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost
            )
            while not self._stopping.is_set():
                self._turn()
            self._in_flight.wait_until_idle(REVOKE_SECONDS)
            if self._leaves:
                leave_group(self._consumer)
            self._consumer.close()
        except StreamError as error:
            self._fail(error)
        except KafkaException as error:
            self._fail(as_stream_error(error.args[0]))

    def _turn(self) -> None:
        """One turn of the loop: go back after an abort, wait for room, poll, hand over."""
        self._polled_at = self.turned_at = time.monotonic()
        self._heed_topic()
        epoch = self._ledger.epoch  # before the reset is asked for: an abort in between must not pass for read again
        if (positions := self._ledger.take_reset()) is not None:
            self._read_again(positions)
        self._heed_limits()
        if self._embedded is not None:
            self._embedded.heed(assigned=self.assigned.is_set())
        if not self._wait_for_room() or self._pass_a_gap():
            return
        messages = self._intake.poll(first_seconds=IDLE_POLL_SECONDS, more_seconds=self._cadence.batch_seconds)
        if self._ledger.epoch != epoch:
            # A rebalance or an abort fell into this poll: its records may lie on either side. They are read again.
            positions = self._ledger.take_reset()
            if positions is not None:
                self._read_again(positions)
            elif messages:
                self._read_from(self._position)
            return
        self._in_flight.allow(backlog=self._intake.full)
        if not messages:
            return
        polled = polled_of(messages, self._errors)
        if polled.records:
            batch = self._assemble(polled, epoch=epoch, group=self._consumer.consumer_group_metadata())
            self._watch.want(batch.polled_at)
            self._in_flight.begin(polled_at=batch.polled_at, size=batch.size)
            self._deliver(batch)
        if polled.lost:
            self._look_for_gaps(polled.lost)

    def _assemble(self, polled: Polled, *, epoch: int, group: object) -> Batch:
        """Turn what was polled into a batch that begins at the known positions."""
        records, end = polled.records, polled.end
        self._errors.forget()
        start = {partition: self._position[partition] for partition in end}
        self._position.update(end)
        self._batches += 1
        log.debug("batch_polled", batch=self._batches, records=len(records), epoch=epoch, start=start, end=end)
        span = Span(epoch, start, end)
        return Batch(self._batches, records, span, group, self._topic_id, time.monotonic(), polled.size)

    def _look_for_gaps(self, lost: Collection[int]) -> None:
        """Find out why the broker does not have a position; what it has after all is read again."""
        if self._watch.topic_id(waiting=self._still_here) != self._topic_id:
            return  # the position is of a topic that is gone: the next turn begins with the one that is there
        stood = {partition: self._position[partition] for partition in lost if partition in self._position}
        if self._gaps.look(self._consumer, self._topic, stood):
            self._read_from(self._position)
        self._pause(self._gaps.partitions)

    def _pass_a_gap(self) -> bool:
        """Move a partition on behind its gap where an operator said so: in a transaction, as a batch of no records."""
        passage = self._gaps.passage(self._consumer, self._topic, topic_id=self._topic_id, positions=self._position)
        if passage is None:
            return False
        self._batches += 1
        span = Span(self._ledger.epoch, {passage.partition: passage.stands_at}, {passage.partition: passage.to})
        group, polled_at = self._consumer.consumer_group_metadata(), time.monotonic()
        batch = Batch(self._batches, [], span, group, self._topic_id, polled_at, 0, passage)
        self._in_flight.begin(polled_at=polled_at, size=0)
        self._deliver(batch)
        self._read_from({**self._position, passage.partition: passage.to})
        return True

    def _wait_for_room(self) -> bool:
        """Wait until another batch may be polled; keep the membership alive where that takes long."""
        paused = False
        while self._in_flight.full:
            self._in_flight.wait()
            self.turned_at = time.monotonic()
            if self._stopping.is_set():
                break
            if self.turned_at - self._polled_at < self._cadence.idle_seconds:
                continue
            if not paused:
                log.warning("source_paused", reason="scoring or committing is slow", in_flight=self._in_flight.count)
                self._pause(self._position)
                paused = True
            if self._consumer.consume(1, 0.0):  # rebalances are served here; a straggler is read again
                self._read_from(self._position)
                self._pause(self._position)
            self._polled_at = time.monotonic()
        if paused:
            self._go_on()
        return not self._stopping.is_set()

    def _read_from(self, positions: Mapping[int, int]) -> None:
        """Fetch again from ``positions``; assigning anew drops whatever was fetched ahead, which a seek may not."""
        undone = {partition for partition, at in positions.items() if at < self._position.get(partition, at)}
        if self._standstill.holds_all(undone):
            self._in_flight.unfinished_since = None  # until an operator says so, nothing is due
        self._position = dict(positions)
        self._standstill.move(positions)
        self._consumer.assign([TopicPartition(self._topic, *at) for at in sorted(positions.items())])
        self._go_on()
        log.info("source_reread", partitions=len(positions))

    def _read_again(self, positions: Mapping[int, int]) -> None:
        """Fetch again what an abort has undone."""
        self._gaps.stand_again(self._has_position)
        self._read_from(positions)

    def _has_position(self, partition: int) -> bool:
        return self._committed([partition])[0].offset >= 0

    def _committed(self, partitions: Collection[int]) -> list[TopicPartition]:
        asked = [TopicPartition(self._topic, partition) for partition in sorted(partitions)]
        return committed_positions(self._consumer, asked, self._cadence.patience_seconds, self._still_here)

    def _heed_limits(self) -> None:
        """Stop reading what yields little but dead letters; ask now and then whether it may be read again."""
        if self._lost.heed(self._consumer, self._topic):
            self._go_on()
        if self._standstill.begin(self._position):
            self._pause(self._standstill.partitions)
        if self._standstill.end(self._position):
            self._go_on()

    def _go_on(self) -> None:
        """Fetch everything but what is paused; the client remembers a pause through any assignment."""
        waiting = self._gaps.partitions.union(self._standstill.partitions, self._lost.partitions)
        self._consumer.resume([TopicPartition(self._topic, partition) for partition in self._position.keys() - waiting])
        self._pause(waiting)

    def _pause(self, partitions: Collection[int]) -> None:
        """Fetch nothing of ``partitions``, be it for a moment or until an operator says so."""
        if partitions:
            self._consumer.pause([TopicPartition(self._topic, partition) for partition in partitions])

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._begin([at.partition for at in partitions])
        metrics.REBALANCES.inc()
        self.assigned.set()
        log.info("partitions_assigned", partitions=sorted(self._position))

    def _begin(self, partitions: Collection[int]) -> None:
        """Read ``partitions`` from their committed positions, as far as these are of the topic that is there now.

        A topic that was missing for a while is assigned anew by the client itself, so the change is told here.
        """
        topic_id = self._watch.topic_id(waiting=self._still_here)
        if topic_id and self._topic_id not in ("", topic_id):
            positions = self._position or self._given_up
            log.error("topic_made_anew", old=self._topic_id, new=topic_id, positions_in_old=positions)
            metrics.TOPICS_MADE_ANEW.inc()
        self._topic_id = topic_id
        starts = starts_of(self._consumer, self._committed(partitions), topic_id=self._topic_id)
        self._gaps.forget()
        self._lost.assign(starts.unknown, topic_id=self._topic_id)
        self._standstill.assign(starts.committed, starts.positions, topic_id=self._topic_id)
        self._ledger.assign(starts.positions)
        self._read_from(starts.positions)

    def _heed_topic(self) -> None:
        """Begin anew where another topic stands behind the name: what was read ahead or is under way is of the old one.

        Nothing of it is committed any more: each commit waits for the id that its topic had after the poll.
        """
        facts = self._watch.facts
        if not self._position or facts is None or facts.topic_id == self._topic_id:
            return
        if facts.partitions <= max(self._position):
            raise TopicError(
                f"topic {self._topic} was made anew with {facts.partitions} partitions; "
                "add partitions with: ledgermind topics alter"
            )
        self._ledger.revoke()
        self._in_flight.unfinished_since = None  # what was dropped is gone with the old topic
        self._begin(self._position)

    def _still_here(self) -> None:
        self.turned_at = time.monotonic()  # that wait has an end and an error of its own

    def _on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Let what is under way be committed while the partitions are still ours, within a deadline."""
        in_time = self._in_flight.wait_until_idle(REVOKE_SECONDS)
        self._forget(partitions, reason="revoked" if in_time else "revoked_before_idle")

    def _on_lost(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Others may own the partitions already: nothing of this epoch may be committed."""
        self._forget(partitions, reason="lost")

    def _forget(self, partitions: list[TopicPartition], *, reason: str) -> None:
        self._ledger.revoke()
        self._given_up, self._position = self._position or self._given_up, {}
        self._standstill.forget()
        self._gaps.forget()
        self._lost.forget()
        self._in_flight.unfinished_since = None  # whoever owns the partitions now finishes what was dropped
        self.assigned.clear()
        log.info("partitions_revoked", partitions=sorted(at.partition for at in partitions), reason=reason)
