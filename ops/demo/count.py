"""Count: reads a topic as a stranger would, committed records only, from its first to its last."""

from collections.abc import Iterator
from typing import Final

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from ops.errors import BrokerError
from schemas.topics import TopicSpec
from streams.clients import reader
from streams.settings import KafkaSettings

READ_AT_ONCE: Final = 5_000
SILENT_SECONDS: Final = 30.0


def read_topic(kafka: KafkaSettings, spec: TopicSpec) -> Iterator[Message]:
    """Yield every committed record that the topic holds now; raises BrokerError where the broker falls silent."""
    consumer = Consumer(reader(kafka))
    try:
        consumer.assign([TopicPartition(spec.name, partition, 0) for partition in range(spec.partitions)])
        ended: set[int] = set()
        silent = 0.0
        while len(ended) < spec.partitions:
            messages = consumer.consume(READ_AT_ONCE, 0.5)
            silent = 0.0 if messages else silent + 0.5
            if silent > SILENT_SECONDS:
                raise BrokerError(f"{spec.name} could not be read to its end: the broker was silent for {silent:.0f} s")
            for message in messages:
                error = message.error()
                if error is None:
                    yield message
                elif error.code() == KafkaError._PARTITION_EOF:
                    ended.add(message.partition() or 0)
    finally:
        consumer.close()
