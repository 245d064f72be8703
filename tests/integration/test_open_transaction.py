"""A transaction that was open when its broker was killed is ended by the broker, so that nobody waits behind it."""

import time
from collections.abc import Callable

import pytest
from confluent_kafka import IsolationLevel, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from ops.local.apache_kafka import ApacheKafka
from ops.patience import patience_seconds, wait_for

PARTITIONS = 6
OPEN_SECONDS = 8  # a slow machine sees it open and kills the broker within half of it

pytestmark = [pytest.mark.integration, pytest.mark.kafka]


@pytest.mark.slow
def test_a_transaction_that_runs_out_while_its_broker_starts_holds_nobody_up(
    start_kafka: Callable[..., ApacheKafka], new_topic: Callable[..., str]
) -> None:
    """The versions that the pom avoids take partitions without a leader for deleted and never end it there."""
    node = start_kafka(
        transaction_abort_timed_out_transaction_cleanup_interval_ms="100",  # before the broker serves anybody
        broker_session_timeout_ms="4000",  # a node that was killed may come back after so long
        broker_heartbeat_interval_ms="500",
    )
    topic = new_topic(node, partitions=PARTITIONS)
    _kept = wait_for(lambda: open_transaction(node, topic), "transaction that is open on every partition")
    node.kill()
    time.sleep(OPEN_SECONDS)
    node.start()
    wait_for(lambda: not held_up(node, topic), lambda: f"end of the transaction on {held_up(node, topic)}")


def open_transaction(node: ApacheKafka, topic: str) -> Producer | None:
    """Begin a transaction that nobody ends; return its producer if it holds up all partitions in half of its time."""
    producer = Producer(
        {
            "bootstrap.servers": node.bootstrap_servers,
            "transactional.id": "cut off",
            "transaction.timeout.ms": OPEN_SECONDS * 1_000,
            "log_level": 0,
        }
    )
    producer.init_transactions(patience_seconds())
    begun = time.monotonic()
    producer.begin_transaction()
    for partition in range(PARTITIONS):
        producer.produce(topic, "never committed", partition=partition)
    assert producer.flush(patience_seconds()) == 0
    in_time = held_up(node, topic) == set(range(PARTITIONS)) and time.monotonic() - begun < OPEN_SECONDS / 2
    return producer if in_time else None


def held_up(node: ApacheKafka, topic: str) -> set[int]:
    """Return the partitions that ``read_committed`` readers cannot read to the end; all, while nobody can say."""
    admin = AdminClient({"bootstrap.servers": node.bootstrap_servers, "log_level": 0})
    latest = {TopicPartition(topic, partition): OffsetSpec.latest() for partition in range(PARTITIONS)}
    try:
        stable, end = (
            {at.partition: found.result(patience_seconds()).offset for at, found in ends.items()}
            for ends in (
                admin.list_offsets(latest, isolation_level=IsolationLevel.READ_COMMITTED),
                admin.list_offsets(latest, isolation_level=IsolationLevel.READ_UNCOMMITTED),
            )
        )
    except KafkaException:
        return set(range(PARTITIONS))
    return {partition for partition in end if stable[partition] < end[partition]}
