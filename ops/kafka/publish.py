"""Publish: records onto topics at a rate or as fast as they go, each delivery accounted for."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from ops.errors import OpsError
from ops.kafka.rate_limit import pace
from schemas.contracts.topics import FEEDBACK, TRANSACTIONS, TopicSpec
from schemas.events.feedback import Feedback
from schemas.events.transaction import Transaction
from streams.format_settings import only_plain
from streams.kafka.clients import ClientConfig, connection
from streams.kafka.topic_check import check_topics
from streams.process.codec import encode_event
from streams.settings import KafkaSettings

PROGRESS_SECONDS: Final = 0.5
FLUSH_SECONDS: Final = 60.0
BY_KEY: Final = -1  # librdkafka's word for a partition that the partitioner chooses


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """One record for one topic; a value of None takes back what stands under the key on a compacted one.

    Its key says to which partition it goes, unless one is named.
    """

    topic: str
    key: bytes
    value: bytes | None
    partition: int = BY_KEY


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a publication is."""

    delivered: int
    failed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Published:
    """What became of every record that was handed over; ``unconfirmed`` ones may or may not be on the topic."""

    sent: int
    delivered: int
    failed: int
    unconfirmed: int
    seconds: float
    first_error: str | None
    was_interrupted: bool

    @property
    def per_second(self) -> float:
        """Return the rate over the whole run."""
        return self.delivered / self.seconds if self.seconds > 0 else 0.0


@dataclass(slots=True)
class _Account:
    """Counts deliveries; librdkafka calls it from ``poll`` and ``flush``."""

    delivered: int = 0
    failed: int = 0
    first_error: str | None = field(default=None)

    def settle(self, error: KafkaError | None, _: Message) -> None:
        """Count one record as delivered or failed."""
        if error is None:
            self.delivered += 1
        else:
            self.fail(error)

    def fail(self, error: KafkaError) -> None:
        """Count one record that is not on the topic and will not be."""
        self.failed += 1
        if self.first_error is None:
            self.first_error = error.str()


def outgoing_transaction(transaction: Transaction) -> OutgoingRecord:
    """Return a transaction as the record its topic wants."""
    return OutgoingRecord(TRANSACTIONS.name, transaction.user_id.encode(), encode_event(transaction))


def outgoing_feedback(feedback: Feedback) -> OutgoingRecord:
    """Return a label or another word of feedback as the record its topic wants."""
    return OutgoingRecord(FEEDBACK.name, feedback.user_id.encode(), encode_event(feedback))


def producer_config(kafka: KafkaSettings) -> ClientConfig:
    """Return an idempotent producer whose partitions agree with Java's."""
    return connection(kafka) | {
        "client.id": "ledgermind-publish",
        "enable.idempotence": True,
        "acks": "all",
        "compression.type": "lz4",
        "linger.ms": 10,
        "partitioner": "murmur2_random",
        "queue.buffering.max.messages": 100_000,
        "delivery.timeout.ms": 60_000,
    }


def publish(
    records: Iterable[OutgoingRecord],
    *,
    kafka: KafkaSettings,
    topics: tuple[TopicSpec, ...] = (TRANSACTIONS,),
    rate: float | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Published:
    """Send records in their order, at ``rate`` a second or as fast as the broker takes them.

    Order is kept per key. An interrupt (ctrl-C) stops taking records and waits for those on their way. What
    ``records`` raises is raised after the records before it were flushed. Raises BrokerUnreachable,
    TopicError or OpsError before the first record.
    """
    if TRANSACTIONS in topics and (fault := only_plain("this command sends")) is not None:
        raise OpsError(fault)
    check_topics(kafka, topics)
    producer = Producer(producer_config(kafka))
    account, started, sent, was_interrupted = _Account(), time.monotonic(), 0, False
    reported_at = started
    try:
        for record in pace(records, rate=rate, wait=producer.poll):
            _produce(producer, record, account)
            sent += 1
            if sent % 256 == 0 or rate is not None:
                producer.poll(0)
                now = time.monotonic()
                if now - reported_at >= PROGRESS_SECONDS:
                    reported_at = now
                    on_progress(Progress(account.delivered, account.failed, now - started))
    except KeyboardInterrupt:
        was_interrupted = True
    finally:
        unconfirmed = producer.flush(FLUSH_SECONDS)
    seconds = time.monotonic() - started
    on_progress(Progress(account.delivered, account.failed, seconds))
    return Published(
        sent, account.delivered, account.failed, unconfirmed, seconds, account.first_error, was_interrupted
    )


def _produce(producer: Producer, record: OutgoingRecord, account: _Account) -> None:
    while True:
        try:
            producer.produce(
                record.topic, record.value, record.key, partition=record.partition, on_delivery=account.settle
            )
            return
        except BufferError:
            producer.poll(0.1)
        except KafkaException as error:
            account.fail(error.args[0])
            return
