"""Topic: publish to a topic and read it to its end, with a Kafka client alone."""

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

from ops.patience import patience_seconds, wait_for

READ_AT_ONCE: Final = 5_000

Address = tuple[int, int]  # partition and offset
Ends = dict[int, int]  # the offset behind the last record, by partition


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic; ``value`` is what stands in it, ``json`` the same read."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: dict[str, str]
    timestamp_ms: int

    @property
    def json(self) -> Any:
        """What the record says."""
        return json.loads(self.value)

    @property
    def address(self) -> Address:
        """Where the record lies."""
        return self.partition, self.offset

    @property
    def input_address(self) -> Address:
        """Where the transaction lies that a suggestion, a comparison or a dead letter speaks of."""
        if "dlq.offset" in self.headers:
            return int(self.headers["dlq.partition"]), int(self.headers["dlq.offset"])
        _, partition, offset = self.json["event_id"].rsplit("-", 2)
        return int(partition), int(offset)


def publish(bootstrap_servers: str, topic: str, events: Iterable[Mapping[str, Any] | bytes]) -> list[Address]:
    """Send events, keyed by their user as any producer should; return where each of them lies, in the same order.

    Bytes go out as they are, under the key ``raw``.
    """
    producer = Producer(
        {
            "bootstrap.servers": bootstrap_servers,
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "message.max.bytes": 8 * 1_048_576,
            "log_level": 0,
        }
    )
    delivered: dict[int, Address] = {}

    def note(number: int, error: KafkaError | None, message: Message) -> None:
        assert error is None, error.name()
        delivered[number] = (message.partition(), message.offset())

    count = 0
    for number, event in enumerate(events):
        count += 1
        key = b"raw" if isinstance(event, bytes) else str(event.get("user_id", "")).encode()
        value = event if isinstance(event, bytes) else json.dumps(event).encode()
        producer.produce(topic, value, key, on_delivery=lambda error, message, at=number: note(at, error, message))
        producer.poll(0)
    assert producer.flush(patience_seconds()) == 0, f"{topic} did not take all {count} records"
    return [delivered[number] for number in range(count)]


def ends(bootstrap_servers: str, topic: str) -> Ends:
    """Return the end of each partition, of what is committed and of what is not yet."""
    with closing(_consumer(bootstrap_servers, isolation="read_uncommitted")) as consumer:
        return {
            partition: consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=patience_seconds())[1]
            for partition in _partitions(consumer, topic)
        }


def read(bootstrap_servers: str, topic: str, *, upto: Ends | None = None) -> list[Record]:
    """Return every committed record that lies before ``upto``, by default the end of the topic at this moment.

    The marker that ends a transaction may come after its commit was told, so the end is noted of whatever was written,
    and read under read_committed until it is passed: no idle second says anything.
    """
    left = {partition: end for partition, end in (upto or ends(bootstrap_servers, topic)).items() if end > 0}
    found: list[Record] = []
    with closing(_consumer(bootstrap_servers, isolation="read_committed")) as consumer:
        wanted = dict(left)
        consumer.assign([TopicPartition(topic, partition, 0) for partition in wanted])

        def look() -> bool:
            for message in consumer.consume(READ_AT_ONCE, 0.1) if left else ():
                error, partition = message.error(), message.partition()
                if error is None:
                    reached = message.offset() + 1
                    if message.offset() < wanted[partition]:
                        found.append(_record(message))
                elif error.code() == KafkaError._PARTITION_EOF:
                    reached = message.offset()
                else:
                    continue
                if reached >= left.get(partition, reached + 1):
                    del left[partition]
            return not left

        wait_for(look, lambda: f"end of {topic}: partitions {sorted(left)} of {wanted}", every_seconds=0)
    return found


def committed(bootstrap_servers: str, topic: str, group: str) -> Ends:
    """Return up to where a group has committed each partition."""
    with closing(_consumer(bootstrap_servers, isolation="read_committed", group=group)) as consumer:
        asked = [TopicPartition(topic, partition) for partition in _partitions(consumer, topic)]
        return {at.partition: max(at.offset, 0) for at in consumer.committed(asked, timeout=patience_seconds())}


def _partitions(consumer: Consumer, topic: str) -> list[int]:
    described = consumer.list_topics(topic, timeout=patience_seconds()).topics[topic]
    assert described.error is None, f"{topic}: {described.error}"
    return sorted(described.partitions)


def _consumer(bootstrap_servers: str, *, isolation: str, group: str = "promises") -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": group,
            "isolation.level": isolation,
            "enable.partition.eof": True,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )


def _record(message: Message) -> Record:
    headers = {name: (value or b"").decode() for name, value in message.headers() or []}
    value = message.value() or b""
    return Record(
        message.topic(),
        message.partition(),
        message.offset(),
        message.key(),
        value,
        headers,
        message.timestamp()[1],
    )
