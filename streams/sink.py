"""Sink: one Kafka transaction per batch holds its events, its dead letters and its input positions."""

import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeVar

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition
from msgspec import Struct

from schemas.dead_letter import Headers
from schemas.topics import COMPARISONS, DEAD_LETTERS, SUGGESTIONS, TRANSACTIONS
from streams import metrics
from streams.clients import producer_buffer, transactional_producer
from streams.errors import FencedError, ProducerFatalError
from streams.failpoints import Failpoint, Failpoints
from streams.ledger import Ledger, Span
from streams.settings import KafkaSettings, WorkerSettings

RETRY_SECONDS: Final = 0.02
FLUSH_SECONDS: Final = 5.0
# librdkafka reports a transaction that timed out with the same fatal codes as a second worker of this name.
FENCED: Final = (KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH)

T = TypeVar("T")
log = structlog.get_logger(__name__)


class CommitResult(StrEnum):
    """What became of a batch."""

    COMMITTED = "committed"
    ABORTED = "aborted"  # its records are read again
    DROPPED = "dropped"  # it came after an abort or a rebalance; its records are read again


class OutgoingEvents(Struct, frozen=True, gc=False):
    """The two events of one transaction record."""

    key: bytes
    timestamp_ms: int
    suggestion: bytes
    comparison: bytes


class OutgoingDeadLetter(Struct, frozen=True, gc=False):
    """One record that is put aside with the reasons in its headers."""

    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: Headers


class Outgoing(Struct, frozen=True):
    """Everything that one batch writes."""

    events: Sequence[OutgoingEvents]
    dead_letters: Sequence[OutgoingDeadLetter]


class Sink:
    """Writes batches; lives in one thread, shares the ledger with the source."""

    def __init__(self, producer: Producer, *, ledger: Ledger, failpoints: Failpoints, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._deadline = time.monotonic() + timeout_seconds
        self._producer = producer
        self._ledger = ledger
        self._failpoints = failpoints

    def init_transactions(self) -> None:
        """Fence every older producer of this name; once per process, before the first poll."""
        self._retrying(self._producer.init_transactions)

    def commit(
        self, span: Span, outgoing: Outgoing, group: object, *, metadata: Mapping[int, str] | None = None
    ) -> CommitResult:
        """Write one batch and move the input position with it, or leave no trace of it.

        ``metadata`` gives, for some partitions, a text that is committed beside the position.
        Raises ProducerFatalError or FencedError when this process can go on no more.
        """
        if not self._ledger.accepts(span):
            self._ledger.abort(span)  # of the current epoch and out of turn: read again rather than stand still
            return CommitResult.DROPPED
        self._deadline = time.monotonic() + self._timeout_seconds
        try:
            self._retrying(self._producer.begin_transaction)
            self._failpoints.reach(Failpoint.AFTER_BEGIN)
            self._produce(outgoing)
            self._failpoints.reach(Failpoint.AFTER_PRODUCE)
            positions = [_position(*at, (metadata or {}).get(at[0])) for at in span.end.items()]
            self._retrying(lambda: self._producer.send_offsets_to_transaction(positions, group))
            self._failpoints.reach(Failpoint.AFTER_SEND_OFFSETS)
            # Without a timeout; what stays ambiguous is asked again, and only the commit is.
            self._retrying(self._producer.commit_transaction)
            self._failpoints.reach(Failpoint.AFTER_COMMIT)
        except KafkaException as error:
            self._abort(span, error)
            return CommitResult.ABORTED
        self._ledger.advance(span)
        return CommitResult.COMMITTED

    def _produce(self, outgoing: Outgoing) -> None:
        for event in outgoing.events:
            self._put(SUGGESTIONS.name, event.suggestion, event.key, event.timestamp_ms)
            self._put(COMPARISONS.name, event.comparison, event.key, event.timestamp_ms)
        for letter in outgoing.dead_letters:
            self._put(DEAD_LETTERS.name, letter.value, letter.key, letter.timestamp_ms, letter.headers)

    def _put(
        self, topic: str, value: bytes | None, key: bytes | None, timestamp_ms: int, headers: Headers | tuple[()] = ()
    ) -> None:
        """Hand one event to the client, waiting while that holds as many bytes as it may."""
        while True:
            try:  # produce_batch() takes no timestamps
                self._producer.produce(topic, value, key, timestamp=timestamp_ms, headers=list(headers))
            except BufferError:
                if time.monotonic() > self._deadline:
                    raise ProducerFatalError("the broker takes no events: the client's buffer stays full") from None
                self._producer.poll(RETRY_SECONDS)
            else:
                return

    def _abort(self, span: Span, error: KafkaException) -> None:
        """Undo the open transaction and have its records read again; a fatal error ends the process instead."""
        reason = _reason(error)
        if reason.fatal():
            raise _fatal(reason) from error
        log.warning("transaction_aborted", epoch=span.epoch, reason=reason.name())
        metrics.ABORTS.labels(reason.name()).inc()
        # Kafka 4 refuses to end a transaction of which no record has arrived yet: let them arrive first.
        self._producer.flush(FLUSH_SECONDS)
        try:
            self._retrying(self._producer.abort_transaction)
        except KafkaException as failure:
            raise _fatal(_reason(failure)) from failure
        self._ledger.abort(span)

    def _retrying(self, call: Callable[[], T]) -> T:
        """Call until it succeeds or fails for good; librdkafka resumes the same operation on a retriable error."""
        while True:
            try:
                return call()
            except KafkaException as error:
                reason = _reason(error)
                if reason.fatal() or reason.txn_requires_abort() or not reason.retriable():
                    raise
                if time.monotonic() > self._deadline:  # the broker has rolled the transaction back by now
                    raise ProducerFatalError(f"a transaction outlived its timeout: {reason.name()}") from error
                log.warning("kafka_retry", reason=reason.name())
                time.sleep(RETRY_SECONDS)


def open_sink(kafka: KafkaSettings, worker: WorkerSettings, *, ledger: Ledger) -> Sink:
    """Return the sink of one worker, whose transactional id is its name; it has fenced nobody yet."""
    producer = Producer(
        transactional_producer(
            kafka,
            transactional_id=f"ledgermind-worker-{worker.name}",
            timeout_ms=worker.transaction_timeout_ms,
        )
        | producer_buffer(worker.client_buffer_bytes)
    )
    failpoints = Failpoints.parse(worker.failpoints, seed=worker.failpoint_seed)
    return Sink(producer, ledger=ledger, failpoints=failpoints, timeout_seconds=worker.transaction_timeout_ms / 1_000)


def _position(partition: int, offset: int, metadata: str | None) -> TopicPartition:
    if metadata is None:
        return TopicPartition(TRANSACTIONS.name, partition, offset)
    return TopicPartition(TRANSACTIONS.name, partition, offset, metadata=metadata)


def _reason(error: KafkaException) -> KafkaError:
    reason = error.args[0]
    assert isinstance(reason, KafkaError)
    return reason


def _fatal(reason: KafkaError) -> ProducerFatalError | FencedError:
    if reason.code() in FENCED:
        return FencedError(
            "the broker takes no transaction of this worker any more: another one may have its name, or a transaction "
            "took too long; this one stops, its parent starts it again (give each worker its own "
            "LEDGERMIND_WORKER_NAME)"
        )
    return ProducerFatalError(f"the transactional producer can go on no more: {reason.name()}")
