"""Bare loop: what librdkafka's transactions carry on one thread when nothing is thought about the records."""

import os
import sys

from confluent_kafka import Consumer, Producer

from schemas.contracts.topics import COMPARISONS, SUGGESTIONS, TRANSACTIONS
from streams.settings import WorkerSettings

# As long as the events that the worker writes of a purchase.
SUGGESTION = b"s" * 540
COMPARISON = b"c" * 560


def main(bootstrap_servers: str, group: str) -> None:
    """Answer every record with two constants until the process is ended."""
    size = WorkerSettings().batch_records
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": bootstrap_servers,
            "transactional.id": group,
            "compression.type": "lz4",
            "partitioner": "murmur2_random",
            "linger.ms": 5,
        }
    )
    producer.init_transactions(30)
    consumer.subscribe([TRANSACTIONS.name])
    while True:
        messages = [message for message in consumer.consume(size, 0.02) if message.error() is None]
        if not messages:
            continue
        producer.begin_transaction()
        for message in messages:
            producer.produce(SUGGESTIONS.name, SUGGESTION, message.key())
            producer.produce(COMPARISONS.name, COMPARISON, message.key())
        producer.send_offsets_to_transaction(
            consumer.position(consumer.assignment()), consumer.consumer_group_metadata()
        )
        producer.commit_transaction()


if __name__ == "__main__":
    main(os.environ["LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS"], sys.argv[1])
