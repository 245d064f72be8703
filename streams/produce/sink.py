"""Sink: one Kafka transaction per batch holds its events, its dead letters and its input positions."""

import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeVar

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition

from schemas.contracts.topics import COMPARISONS, DEAD_LETTERS, SUGGESTIONS, TRANSACTIONS
from streams import metrics
from streams.consume.offset_ledger import Ledger, Span
from streams.errors import ProducerFatalError
from streams.kafka.clients import producer_buffer, transactional_producer
from streams.kafka.producer_errors import REFUSALS, as_fatal, reason_of
from streams.process.outgoing import Outgoing
from streams.produce.failpoints import Failpoint, Failpoints
from streams.settings import KafkaSettings, WorkerSettings

RETRY_SECONDS: Final = 0.02
FLUSH_SECONDS: Final = 5.0
FIRST_BACKOFF_SECONDS: Final = 0.05
MAX_BACKOFF_SECONDS: Final = 5.0

T = TypeVar("T")
log = structlog.get_logger(__name__)


class CommitResult(StrEnum):
    """What became of a batch."""

    COMMITTED = "committed"
    ABORTED = "aborted"  # its records are read again
    DROPPED = "dropped"  # it came after an abort or a rebalance; its records are read again
    REFUSED = "refused"  # one of its records cannot be written; nothing is read again, the ledger stands before it


class Sink:
    """Writes batches; lives in one thread, shares the ledger with the source."""

    def __init__(
        self, connect: Callable[[], Producer], *, ledger: Ledger, failpoints: Failpoints, timeout_seconds: float
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._deadline = time.monotonic() + timeout_seconds
        self._connect = connect
        self._producer = connect()
        self._ledger = ledger
        self._failpoints = failpoints
        self._aborts_in_a_row = 0
        self.refusal = ""  # the broker's word on the batch that was refused last

    def init_transactions(self) -> None:
        """Fence every older producer of this name: before the first poll, and after a refusal."""
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
            return self._abort(span, error)
        self._aborts_in_a_row = 0
        self._ledger.advance(span)
        return CommitResult.COMMITTED

    def _produce(self, outgoing: Outgoing) -> None:
        for event in outgoing.events:
            self._put(SUGGESTIONS.name, event.suggestion, event.key, event.timestamp_ms, event.headers)
            self._put(COMPARISONS.name, event.comparison, event.key, event.timestamp_ms, event.headers)
        for letter in outgoing.dead_letters:
            self._put(DEAD_LETTERS.name, letter.value, letter.key, letter.timestamp_ms, letter.headers)

    def _put(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        timestamp_ms: int,
        headers: Sequence[tuple[str, bytes]] = (),
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

    def _abort(self, span: Span, error: KafkaException) -> CommitResult:
        """Undo the open transaction and have its records read again; a fatal error ends the process instead.

        Where a record cannot be written nothing is read again: the caller parts the batch.
        """
        reason = self._cause(error)
        if reason.fatal():
            raise as_fatal(reason) from error
        log.warning("transaction_aborted", epoch=span.epoch, reason=reason.name(), partitions=sorted(span.end))
        metrics.ABORTS.labels(reason.name()).inc()
        # Kafka 4 refuses to end a transaction of which no record has arrived yet: let them arrive first.
        self._producer.flush(FLUSH_SECONDS)
        try:
            self._retrying(self._producer.abort_transaction)
        except KafkaException as failure:
            raise as_fatal(reason_of(failure)) from failure
        if reason.code() in REFUSALS:
            self.refusal = reason.name()
            # The refused events have numbers that the broker never saw. This producer would go on counting behind them,
            # and have what it writes next refused for that (OUT_OF_ORDER_SEQUENCE_NUMBER): begin with a new one.
            self._producer = self._connect()
            self.init_transactions()
            return CommitResult.REFUSED
        self._back_off()
        self._ledger.abort(span)
        return CommitResult.ABORTED

    def _back_off(self) -> None:
        """Wait before the records are read again, the longer the more aborts there were without a commit between."""
        if self._aborts_in_a_row:
            time.sleep(min(FIRST_BACKOFF_SECONDS * 2**self._aborts_in_a_row, MAX_BACKOFF_SECONDS))
        self._aborts_in_a_row += 1

    def _cause(self, error: KafkaException) -> KafkaError:
        """Return why the transaction cannot go on.

        After a refusal the client takes no further event, and says only that; asked to commit, it says why it will not.
        """
        reason = reason_of(error)
        if reason.code() != KafkaError._STATE:
            return reason
        try:
            self._producer.commit_transaction()
        except KafkaException as cause:
            return reason_of(cause)
        raise ProducerFatalError("the transactional producer took no event and yet committed") from error

    def _retrying(self, call: Callable[[], T]) -> T:
        """Call until it succeeds or fails for good; librdkafka resumes the same operation on a retriable error."""
        while True:
            try:
                return call()
            except KafkaException as error:
                reason = reason_of(error)
                if reason.fatal() or reason.txn_requires_abort() or not reason.retriable():
                    raise
                if time.monotonic() > self._deadline:  # the broker has rolled the transaction back by now
                    raise ProducerFatalError(f"a transaction outlived its timeout: {reason.name()}") from error
                log.warning("kafka_retry", reason=reason.name())
                time.sleep(RETRY_SECONDS)


def open_sink(kafka: KafkaSettings, worker: WorkerSettings, *, ledger: Ledger) -> Sink:
    """Return the sink of one worker, whose transactional id is its name; it has fenced nobody yet."""
    config = transactional_producer(
        kafka, transactional_id=f"ledgermind-worker-{worker.name}", timeout_ms=worker.transaction_timeout_ms
    ) | producer_buffer(worker.client_buffer_bytes)
    failpoints = Failpoints.parse(worker.failpoints, seed=worker.failpoint_seed)
    return Sink(
        lambda: Producer(config),
        ledger=ledger,
        failpoints=failpoints,
        timeout_seconds=worker.transaction_timeout_ms / 1_000,
    )


def _position(partition: int, offset: int, metadata: str | None) -> TopicPartition:
    if metadata is None:
        return TopicPartition(TRANSACTIONS.name, partition, offset)
    return TopicPartition(TRANSACTIONS.name, partition, offset, metadata=metadata)
