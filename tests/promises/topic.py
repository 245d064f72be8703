"""Topic: publish to a topic and read it to its end, with a Kafka client alone."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from ops.patience import patience_seconds
from tests.support.topic import POSSIBLE_MESSAGE_BYTES, Ends, address, headers, read_committed

Address = tuple[int, int]  # partition and offset


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


def publish(
    bootstrap_servers: str,
    topic: str,
    events: Iterable[Mapping[str, Any] | bytes],
    *,
    key: str = "raw",
    headers: Mapping[str, str] | None = None,
) -> list[Address]:
    """Send events, keyed by their user as any producer should; return where each of them lies, in the same order.

    Bytes go out as they are, under the ``key``; each record has the ``headers``.
    """
    producer = Producer(
        {
            "bootstrap.servers": bootstrap_servers,
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "message.max.bytes": POSSIBLE_MESSAGE_BYTES,
            "log_level": 0,
        }
    )
    delivered: dict[int, Address] = {}

    def note(number: int, error: KafkaError | None, message: Message) -> None:
        assert error is None, error.name()
        delivered[number] = address(message)

    count = 0
    for number, event in enumerate(events):
        count += 1
        of = key.encode() if isinstance(event, bytes) else str(event.get("user_id", "")).encode()
        value = event if isinstance(event, bytes) else json.dumps(event).encode()
        producer.produce(
            topic,
            value,
            of,
            headers=dict(headers or {}),
            on_delivery=partial(note, number),
        )
        producer.poll(0)
    assert producer.flush(patience_seconds()) == 0, f"{topic} did not take all {count} records"
    return [delivered[number] for number in range(count)]


def read(bootstrap_servers: str, topic: str, *, upto: Ends | None = None, since: Ends | None = None) -> list[Record]:
    """Return every committed record from ``since`` on, by default the first, before ``upto``, by default the end."""
    return [_record(message) for message in read_committed(bootstrap_servers, topic, upto=upto, since=since)]


def _record(message: Message) -> Record:
    name = message.topic()
    assert name is not None
    value = message.value() or b""
    return Record(name, *address(message), message.key(), value, headers(message), message.timestamp()[1])
