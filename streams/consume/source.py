"""Source: one thread that polls ``transactions`` and hands batches over, with their positions and group metadata."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from streams import metrics
from streams.consume.batch import Batch, records_of
from streams.consume.in_flight import InFlight
from streams.consume.intake import Intake
from streams.consume.offset_ledger import Ledger, Span
from streams.consume.poll_settings import Cadence
from streams.dead_letters.paused_partitions import Standstill
from streams.errors import StreamError
from streams.kafka.committed_offsets import committed_positions, start_of
from streams.kafka.membership import leave_group
from streams.kafka.poll_errors import PollErrors, as_stream_error

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
        ledger: Ledger,
        standstill: Standstill,
        in_flight: InFlight,
        cadence: Cadence,
        deliver: Callable[[Batch], None],
        fail: Callable[[StreamError], None],
        leaves: bool,
    ) -> None:
        self._consumer = consumer
        self._topic = topic
        self._ledger = ledger
        self._standstill = standstill
        self._in_flight = in_flight
        self._cadence = cadence
        self._deliver = deliver
        self._fail = fail
        self._leaves = leaves
        self._position: dict[int, int] = {}
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
        epoch = self._ledger.epoch  # before the reset is asked for: an abort in between must not pass for read again
        if (positions := self._ledger.take_reset()) is not None:
            self._read_from(positions)
        self._heed_limits()
        if not self._wait_for_room():
            return
        messages = self._intake.poll(first_seconds=IDLE_POLL_SECONDS, more_seconds=self._cadence.batch_seconds)
        if self._ledger.epoch != epoch:
            # A rebalance or an abort fell into this poll: its records may lie on either side. They are read again.
            positions = self._ledger.take_reset()
            if messages or positions is not None:
                self._read_from(self._position if positions is None else positions)
            return
        self._in_flight.allow(backlog=self._intake.full)
        if not messages:
            return
        batch = self._assemble(messages, epoch=epoch, group=self._consumer.consumer_group_metadata())
        if batch is not None:
            self._in_flight.begin(polled_at=batch.polled_at, size=batch.size)
            self._deliver(batch)

    def _assemble(self, messages: list[Message], *, epoch: int, group: object) -> Batch | None:
        """Turn what was polled into a batch that begins at the known positions."""
        records, end, size = records_of(messages, self._errors)
        if not records:
            return None
        self._errors.forget()
        start = {partition: self._position[partition] for partition in end}
        self._position.update(end)
        self._batches += 1
        log.debug("batch_polled", batch=self._batches, records=len(records), epoch=epoch, start=start, end=end)
        return Batch(self._batches, records, Span(epoch, start, end), group, time.monotonic(), size)

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

    def _heed_limits(self) -> None:
        """Stop reading what yields little but dead letters; ask now and then whether it may be read again."""
        if self._standstill.begin(self._position):
            self._pause(self._standstill.partitions)
        if self._standstill.end(self._position):
            self._go_on()

    def _go_on(self) -> None:
        """Fetch everything but what is paused; the client remembers a pause through any assignment."""
        others = self._position.keys() - self._standstill.partitions
        self._consumer.resume([TopicPartition(self._topic, partition) for partition in others])
        self._pause(self._standstill.partitions)

    def _pause(self, partitions: Collection[int]) -> None:
        """Fetch nothing of ``partitions``, and export how many they are."""
        if partitions:
            self._consumer.pause([TopicPartition(self._topic, partition) for partition in partitions])
        metrics.PAUSED_PARTITIONS.set(len(partitions))

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        committed = committed_positions(consumer, partitions, self._cadence.patience_seconds, self._still_here)
        positions = {at.partition: start_of(consumer, at) for at in committed}
        self._standstill.assign(committed, positions)
        self._ledger.assign(positions)
        self._read_from(positions)
        metrics.REBALANCES.inc()
        self.assigned.set()
        log.info("partitions_assigned", partitions=sorted(positions))

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
        self._position = {}
        self._standstill.forget()
        self._in_flight.unfinished_since = None  # whoever owns the partitions now finishes what was dropped
        self.assigned.clear()
        metrics.PAUSED_PARTITIONS.set(0)
        log.info("partitions_revoked", partitions=sorted(at.partition for at in partitions), reason=reason)
