"""Restore transaction: records for several topics, all of them or none, in the name of the rollout's writer."""

from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams.kafka.clients import transactional_producer
from streams.rollout.writer import TRANSACTIONAL_ID
from streams.settings import KafkaSettings

TIMEOUT_MS: Final = 60_000


class RestoreTransaction:
    """One transaction of the rollout's writer, which fences any other; every call may raise KafkaException."""

    def __init__(self, kafka: KafkaSettings) -> None:
        """Fence any other writer of the rollout, and begin."""
        self._producer = Producer(
            transactional_producer(kafka, transactional_id=TRANSACTIONAL_ID, timeout_ms=TIMEOUT_MS)
        )
        self._ends: dict[tuple[str, int], int] = {}
        self._error: KafkaError | None = None
        self._producer.init_transactions(TIMEOUT_MS / 1_000)
        self._producer.begin_transaction()

    def send(self, topic: str, partition: int, key: bytes, value: bytes) -> None:
        """Produce a record, waiting where the client's queue is full."""
        while True:
            try:
                self._producer.produce(topic, value, key, partition, on_delivery=self._delivered)
                return
            except BufferError:
                self._producer.poll(0.1)

    def ends(self) -> dict[tuple[str, int], int]:
        """Return the offset behind the last record of each partition, once all are delivered."""
        self._producer.flush(TIMEOUT_MS / 1_000)
        if self._error is not None:
            raise KafkaException(self._error)
        return dict(self._ends)

    def commit(self) -> None:
        """Make all of it readable at once."""
        self._producer.commit_transaction(TIMEOUT_MS / 1_000)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._error = error
            return
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        assert topic is not None and partition is not None and offset is not None
        self._ends[topic, partition] = max(self._ends.get((topic, partition), 0), offset + 1)
