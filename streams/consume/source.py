"""Source: one thread that polls ``transactions`` and hands batches over, with their positions and group metadata."""

import threading
import time
from collections.abc import Callable, Collection
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException

from streams.consume.assignment import REVOKE_SECONDS, Assignment
from streams.consume.batch import Batch, Polled, polled_of
from streams.consume.gaps import Gaps
from streams.consume.in_flight import InFlight
from streams.consume.intake import Intake
from streams.consume.lost_positions import LostPositions
from streams.consume.offset_ledger import Ledger, Span
from streams.consume.poll_settings import Cadence
from streams.dead_letters.paused_partitions import Standstill
from streams.errors import StreamError
from streams.kafka.membership import EmbeddedGroup, leave_group
from streams.kafka.poll_errors import PollErrors, as_stream_error
from streams.kafka.topic_watch import TopicWatch

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
        self._ledger = ledger
        self._in_flight = in_flight
        self._cadence = cadence
        self._deliver = deliver
        self._fail = fail
        self._leaves = leaves
        self._embedded = embedded
        self._batches = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="source", daemon=True)
        self._errors = PollErrors()
        self.assignment = Assignment(
            consumer,
            topic=topic,
            watch=watch,
            ledger=ledger,
            standstill=standstill,
            gaps=gaps,
            lost=lost,
            in_flight=in_flight,
            patience_seconds=cadence.patience_seconds,
            still_here=self._still_here,
        )
        self._intake = Intake(consumer, records=cadence.batch_records, size=cadence.batch_bytes)
        self._polled_at = time.monotonic()
        self.turned_at = time.monotonic()  # when the loop was last seen to turn, be it only to wait for room

    @property
    def partitions(self) -> Collection[int]:
        """The partitions that are assigned."""
        return list(self.assignment.positions)

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
                [self._topic],
                on_assign=self.assignment.on_assign,
                on_revoke=self.assignment.on_revoke,
                on_lost=self.assignment.on_lost,
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
        self.assignment.heed_topic()
        epoch = self._ledger.epoch  # before the reset is asked for: an abort in between must not pass for read again
        if (positions := self._ledger.take_reset()) is not None:
            self.assignment.read_again(positions)
        self.assignment.heed_limits()
        if self._embedded is not None:
            self._embedded.heed(assigned=self.assignment.assigned.is_set())
        if not self._wait_for_room() or self._pass_a_gap():
            return
        messages = self._intake.poll(first_seconds=IDLE_POLL_SECONDS, more_seconds=self._cadence.batch_seconds)
        if self._ledger.epoch != epoch:
            # A rebalance or an abort fell into this poll: its records may lie on either side. They are read again.
            positions = self._ledger.take_reset()
            if positions is not None:
                self.assignment.read_again(positions)
            elif messages:
                self.assignment.read_from(self.assignment.positions)
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
            self.assignment.look_for_gaps(polled.lost)

    def _assemble(self, polled: Polled, *, epoch: int, group: object) -> Batch:
        """Turn what was polled into a batch that begins at the known positions."""
        records, end = polled.records, polled.end
        self._errors.forget()
        start = {partition: self.assignment.positions[partition] for partition in end}
        self.assignment.positions.update(end)
        self._batches += 1
        log.debug("batch_polled", batch=self._batches, records=len(records), epoch=epoch, start=start, end=end)
        span = Span(epoch, start, end)
        return Batch(self._batches, records, span, group, self.assignment.topic_id, time.monotonic(), polled.size)

    def _pass_a_gap(self) -> bool:
        """Move a partition on behind its gap where an operator said so: in a transaction, as a batch of no records."""
        passage = self.assignment.passage()
        if passage is None:
            return False
        self._batches += 1
        span = Span(self._ledger.epoch, {passage.partition: passage.stands_at}, {passage.partition: passage.to})
        group, polled_at = self._consumer.consumer_group_metadata(), time.monotonic()
        batch = Batch(self._batches, [], span, group, self.assignment.topic_id, polled_at, 0, passage)
        self._in_flight.begin(polled_at=polled_at, size=0)
        self._deliver(batch)
        self.assignment.read_from({**self.assignment.positions, passage.partition: passage.to})
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
                self.assignment.pause(self.assignment.positions)
                paused = True
            if self._consumer.consume(1, 0.0):  # rebalances are served here; a straggler is read again
                self.assignment.read_from(self.assignment.positions)
                self.assignment.pause(self.assignment.positions)
            self._polled_at = time.monotonic()
        if paused:
            self.assignment.go_on()
        return not self._stopping.is_set()

    def _still_here(self) -> None:
        self.turned_at = time.monotonic()  # that wait has an end and an error of its own
