"""Wire: send to a topic and read it again, as any client would."""

import time

from confluent_kafka import Consumer, Producer, TopicPartition


def send(bootstrap_servers: str, topic: str, values: list[str]) -> None:
    """Send and wait until the broker has all of them."""
    producer = Producer({"bootstrap.servers": bootstrap_servers, "acks": "all", "log_level": 0})
    for value in values:
        producer.produce(topic, value=value)
    assert producer.flush(20) == 0


def read(bootstrap_servers: str, topic: str, *, count: int, timeout_seconds: float = 20.0) -> list[str]:
    """Return the first ``count`` values of a topic of one partition, fewer where no more came in time."""
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": "test-reader", "log_level": 0})
    values: list[str] = []
    deadline = time.monotonic() + timeout_seconds
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        while len(values) < count and time.monotonic() < deadline:
            message = consumer.poll(0.2)
            if message is not None and message.error() is None:
                values.append((message.value() or b"").decode())
        return values
    finally:
        consumer.close()
