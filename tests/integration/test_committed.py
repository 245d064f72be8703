"""Committed positions on Apache Kafka: what a transaction moves is waited for, and named where that does not end."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from ops.local.apache_kafka import ApacheKafka
from ops.patience import patience_seconds
from streams import metrics
from streams.errors import PositionsPending
from streams.kafka.committed_offsets import committed_positions

pytestmark = [pytest.mark.integration, pytest.mark.kafka]


@pytest.fixture
def group() -> str:
    """Return the name of a group that is nobody's."""
    return f"group-{uuid.uuid4().hex}"


@pytest.fixture
def consumer(kafka: ApacheKafka, group: str) -> Iterator[Consumer]:
    """Return a read_committed consumer of the group."""
    settings = {"bootstrap.servers": kafka.bootstrap_servers, "group.id": group, "isolation.level": "read_committed"}
    with closing(Consumer(settings)) as made:
        yield made


@pytest.fixture
def producer(kafka: ApacheKafka, group: str) -> Producer:
    """Return a transactional producer that has moved nothing yet."""
    made = Producer({"bootstrap.servers": kafka.bootstrap_servers, "transactional.id": group, "log_level": 0})
    made.init_transactions(patience_seconds())
    return made


def test_a_position_that_a_transaction_holds_is_waited_for_then_named_and_free_once_that_ends(
    kafka: ApacheKafka, new_topic: Callable[..., str], consumer: Consumer, producer: Producer
) -> None:
    topic = new_topic(kafka, partitions=3)
    partitions = [TopicPartition(topic, number) for number in range(3)]
    questions: list[int] = []
    producer.begin_transaction()
    producer.send_offsets_to_transaction([TopicPartition(topic, 1, 7)], consumer.consumer_group_metadata(), 30)
    with pytest.raises(PositionsPending, match=r"partitions 1 of transactions within 1 s") as caught:
        committed_positions(consumer, partitions, 1.0, lambda: questions.append(1))
    assert caught.value.partitions == (1,)
    assert metrics.PENDING_POSITIONS._value.get() == 1
    assert len(questions) >= 4  # once for all three, and for each of them: the watchdog hears of every one
    producer.commit_transaction(30)
    found = committed_positions(consumer, partitions, 30.0, lambda: None)
    assert [at.offset for at in found if at.partition == 1] == [7]
    assert all(at.offset < 0 for at in found if at.partition != 1)
    assert metrics.PENDING_POSITIONS._value.get() == 0
