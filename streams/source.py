"""Source: one thread that polls ``transactions`` and hands batches over, with their positions and group metadata."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from streams import metrics
from streams.committed import committed_positions, start_of
from streams.dead_letter_limits import DeadLetterLimits, pause_reason
from streams.errors import StreamError
from streams.ledger import Ledger, Span
from streams.pipeline import Record
from streams.poll_errors import PollErrors, as_stream_error

# Two queued, one being scored, one being committed. The channel must hold all of them: puts that wait for room overtake
# each other, and the ledger would refuse what was overtaken. Only a backlog is worth a queue: what comes while a batch
# is committed makes the next one, or small batches would wait behind each other, a commit long each.
MAX_IN_FLIGHT: Final = 4
REVOKE_SECONDS: Final = 10.0
IDLE_POLL_SECONDS: Final = 0.1
ASK_SECONDS: Final = 1.0  # how often a paused partition asks whether it may go on

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that were polled together; ``group`` was taken in the polling thread right after the poll.

    ``number`` counts a process's batches: its log lines from poll to commit carry it.
    """

    number: int
    records: list[Record]
    span: Span
    group: object
    polled_at: float  # monotonic seconds


class Source:
    """Owns the consumer; every call into it is made on one thread, as librdkafka's rebalances demand."""

    def __init__(
        self,
        consumer: Consumer,
        *,
        topic: str,
        ledger: Ledger,
        limits: DeadLetterLimits,
        resumed: Callable[[Collection[int]], Mapping[int, int]],
        batch_records: int,
        batch_wait_seconds: float,
        idle_limit_seconds: float,
        deliver: Callable[[Batch], None],
        fail: Callable[[StreamError], None],
    ) -> None:
        self._consumer = consumer
        self._topic = topic
        self._ledger = ledger
        self._limits = limits
        self._resumed = resumed
        self._batch_records = batch_records
        self._batch_wait_seconds = batch_wait_seconds
        self._idle_limit_seconds = idle_limit_seconds
        self._deliver = deliver
        self._fail = fail
        self._position: dict[int, int] = {}
        self._paused_at: dict[int, int] = {}  # partitions with too many dead letters, and where they stand
        self._asked_at = 0.0
        self._batches = 0
        self._in_flight = 0
        self._allowed_in_flight = 1
        self._room = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="source", daemon=True)
        self._lag_exported_at = 0.0
        self._errors = PollErrors()
        self.polled_at = time.monotonic()
        self.unfinished_since: float | None = None  # the first poll after the last commit
        self.assigned = threading.Event()

    def start(self) -> None:
        """Subscribe and begin to poll."""
        self._thread.start()

    def stop(self, *, timeout_seconds: float) -> None:
        """Stop polling, wait for what is under way, leave; with static membership the partitions stay ours."""
        self._stopping.set()
        self._thread.join(timeout_seconds)

    def finished(self, *, committed: bool) -> None:
        """Tell that one batch was committed, or dropped or aborted and read again, so that another may be polled."""
        with self._room:
            self._in_flight -= 1
            if committed:
                self.unfinished_since = time.monotonic() if self._in_flight else None
            self._room.notify_all()

    @property
    def in_flight(self) -> int:
        """How many batches were handed over and are not finished."""
        return self._in_flight

    def _run(self) -> None:
        try:
            self._consumer.subscribe(
                [self._topic], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost
            )
            while not self._stopping.is_set():
                self._turn()
            self._wait_until_idle(REVOKE_SECONDS)
            self._consumer.close()
        except StreamError as error:
            self._fail(error)
        except KafkaException as error:
            self._fail(as_stream_error(error.args[0]))

    def _turn(self) -> None:
        """One turn of the loop: go back after an abort, wait for room, poll, hand over."""
        self.polled_at = time.monotonic()
        epoch = self._ledger.epoch  # before the reset is asked for: an abort in between must not pass for read again
        positions = self._ledger.take_reset()
        if positions is not None:
            self._read_from(positions)
        self._heed_limits()
        if not self._wait_for_room():
            return
        messages = self._poll()
        if self._ledger.epoch != epoch:
            # A rebalance or an abort fell into this poll: its records may lie on either side. They are read again.
            positions = self._ledger.take_reset()
            if messages or positions is not None:
                self._read_from(self._position if positions is None else positions)
            return
        self._export_lag()
        self._allowed_in_flight = MAX_IN_FLIGHT if len(messages) == self._batch_records else 1
        if not messages:
            return
        group = self._consumer.consumer_group_metadata()
        batch = self._assemble(messages, epoch=epoch, group=group)
        if batch is not None:
            with self._room:
                self._in_flight += 1
            if self.unfinished_since is None:
                self.unfinished_since = batch.polled_at
            self._deliver(batch)

    def _poll(self) -> list[Message]:
        """Wait for a first record, and a little for those that come with it."""
        first = self._consumer.consume(1, IDLE_POLL_SECONDS)
        return first + self._consumer.consume(self._batch_records - 1, self._batch_wait_seconds) if first else first

    def _assemble(self, messages: list[Message], *, epoch: int, group: object) -> Batch | None:
        """Turn what was polled into a batch that starts at the known positions and ends behind its last records."""
        records: list[Record] = []
        end: dict[int, int] = {}
        for message in messages:
            error = message.error()
            if error is not None:
                self._errors.hear(error)
                continue
            partition, offset = message.partition(), message.offset()
            assert partition is not None
            assert offset is not None
            time_ms, headers = message.timestamp()[1], message.headers()
            records.append(Record(partition, offset, time_ms, message.key(), message.value(), headers))
            end[partition] = offset + 1
        if not records:
            return None
        self._errors.forget()
        start = {partition: self._position[partition] for partition in end}
        self._position.update(end)
        self._batches += 1
        log.debug("batch_polled", batch=self._batches, records=len(records), epoch=epoch, start=start, end=end)
        return Batch(self._batches, records, Span(epoch, start, end), group, time.monotonic())

    def _wait_for_room(self) -> bool:
        """Wait until another batch may be polled; keep the membership alive where that takes long."""
        paused = False
        while self._in_flight >= self._allowed_in_flight:
            with self._room:
                self._room.wait(0.05)
            if self._stopping.is_set():
                break
            if time.monotonic() - self.polled_at < self._idle_limit_seconds:
                continue
            if not paused:
                log.warning("source_paused", reason="scoring or committing takes long", in_flight=self._in_flight)
                self._pause(self._position)
                paused = True
            if self._consumer.consume(1, 0.0):  # rebalances are served here; a straggler is read again
                self._read_from(self._position)
                self._pause(self._position)
            self.polled_at = time.monotonic()
        if paused:
            self._go_on()
        return not self._stopping.is_set()

    def _wait_until_idle(self, seconds: float) -> bool:
        """Wait until every batch handed over is finished; False where the time did not suffice."""
        deadline = time.monotonic() + seconds
        with self._room:
            while self._in_flight and time.monotonic() < deadline:
                self._room.wait(0.05)
            return not self._in_flight

    def _read_from(self, positions: Mapping[int, int]) -> None:
        """Fetch again from ``positions``; assigning anew drops whatever was fetched ahead, which a seek may not."""
        undone = {partition for partition, at in positions.items() if at < self._position.get(partition, at)}
        if undone and undone <= self._limits.paused:
            self.unfinished_since = None  # it is read again when an operator says so, and until then nothing is due
        self._position = dict(positions)
        for partition in self._paused_at.keys() & positions.keys():
            self._paused_at[partition] = positions[partition]
        self._consumer.assign([TopicPartition(self._topic, *at) for at in sorted(positions.items())])
        self._go_on()
        log.info("source_reread", partitions=len(positions))

    def _heed_limits(self) -> None:
        """Stop reading what yields little but dead letters; ask now and then whether it may be read again."""
        for partition in self._limits.paused - self._paused_at.keys():
            if partition in self._position:
                self._paused_at[partition] = self._position[partition]
                self._pause(self._paused_at)
        now = time.monotonic()
        if not self._paused_at or now - self._asked_at < ASK_SECONDS:
            return
        self._asked_at = now
        going_on = self._gone_on(self._paused_at)
        for partition in going_on:
            del self._paused_at[partition]
            self._limits.resume(partition)
            log.warning("partition_resumed", partition=partition, position=self._position[partition])
        if going_on:
            self._go_on()

    def _gone_on(self, paused_at: Mapping[int, int]) -> list[int]:
        """Which of the paused partitions an operator lets go on."""
        try:
            resumed = self._resumed(paused_at.keys())
        except KafkaException as error:
            log.warning("resumed_positions_unavailable", reason=error.args[0].name())
            return []
        return [partition for partition, position in paused_at.items() if resumed.get(partition, -1) >= position]

    def _go_on(self) -> None:
        """Fetch everything but what is paused; the client remembers a pause through any assignment."""
        others = self._position.keys() - self._paused_at.keys()
        self._consumer.resume([TopicPartition(self._topic, partition) for partition in others])
        self._pause(self._paused_at)

    def _pause(self, partitions: Collection[int]) -> None:
        """Fetch nothing of ``partitions``, and export how many they are."""
        if partitions:
            self._consumer.pause([TopicPartition(self._topic, partition) for partition in partitions])
        metrics.PAUSED_PARTITIONS.set(len(partitions))

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        committed = committed_positions(consumer, partitions)
        positions = {at.partition: start_of(consumer, at) for at in committed}
        reasons = {at.partition: pause_reason(at.metadata) for at in committed}
        self._paused_at = {at: positions[at] for at, reason in reasons.items() if reason is not None}
        for partition in self._gone_on(self._paused_at) if self._paused_at else ():
            del self._paused_at[partition]
        self._limits.assign({at: reasons[at] or "" for at in self._paused_at})
        self._ledger.assign(positions)
        self._read_from(positions)
        metrics.REBALANCES.inc()
        self.assigned.set()
        log.info("partitions_assigned", partitions=sorted(positions))

    def _on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Let what is under way be committed while the partitions are still ours, within a deadline."""
        idle = self._wait_until_idle(REVOKE_SECONDS)
        self._forget(partitions, reason="revoked" if idle else "revoked_before_idle")

    def _on_lost(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Others may own the partitions already: nothing of this epoch may be committed."""
        self._forget(partitions, reason="lost")

    def _forget(self, partitions: list[TopicPartition], *, reason: str) -> None:
        self._ledger.revoke()
        self._position = {}
        self._paused_at = {}
        self.unfinished_since = None  # whoever owns the partitions now finishes what was dropped
        self.assigned.clear()
        metrics.CONSUMER_LAG.clear()
        metrics.PAUSED_PARTITIONS.set(0)
        log.info("partitions_revoked", partitions=sorted(at.partition for at in partitions), reason=reason)

    def _export_lag(self) -> None:
        """Export how far behind the cached end each partition is, at most once a second."""
        now = time.monotonic()
        if now - self._lag_exported_at < 1.0:
            return
        self._lag_exported_at = now
        for partition, position in self._position.items():
            _, high = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), cached=True)
            if high >= 0:
                metrics.CONSUMER_LAG.labels(partition).set(max(0, high - position))
