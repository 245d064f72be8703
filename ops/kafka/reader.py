"""Reader: reads a topic as a stranger would, committed records only, from its first to its last."""

from collections.abc import Iterator, Mapping
from typing import Final

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from ops.errors import BrokerError
from schemas.contracts.topics import TopicSpec
from streams.consume.intake import Intake
from streams.kafka.clients import MEBIBYTE, buffers, reader
from streams.kafka.membership import may_be_static
from streams.settings import KafkaSettings

READ_AT_ONCE: Final = 5_000
BYTES_AT_ONCE: Final = 8 * MEBIBYTE
ANSWER_BYTES: Final = 65_536  # of the broker, compressed; expanded it may be a thousand times as large
SILENT_SECONDS: Final = 30.0


def read_topic(kafka: KafkaSettings, spec: TopicSpec, *, start: Mapping[int, int] | None = None) -> Iterator[Message]:
    """Yield every committed record that the topic holds now, from the offsets of ``start`` on where it names any.

    However long the topic and however large its records, some ten MiB of them are held at a time. Raises BrokerError
    where the broker falls silent.
    """
    bounds = buffers(ANSWER_BYTES, BYTES_AT_ONCE, embedded=not may_be_static(kafka))
    consumer = Consumer(reader(kafka) | bounds)
    intake = Intake(consumer, records=READ_AT_ONCE, size=BYTES_AT_ONCE)
    first = start or {}
    try:
        partitions = consumer.list_topics(spec.name, timeout=SILENT_SECONDS).topics[spec.name].partitions
        consumer.assign([TopicPartition(spec.name, partition, first.get(partition, 0)) for partition in partitions])
        ended: set[int] = set()
        silent = 0.0
        while len(ended) < len(partitions):
            messages = intake.poll(first_seconds=0.5, more_seconds=0.05)
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
