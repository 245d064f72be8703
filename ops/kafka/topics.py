"""Topics: makes every topic in its agreed shape, and says which one has another."""

import time
from concurrent.futures import Future
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.cimpl import NewTopic

from ops.errors import BrokerError
from schemas.contracts.topics import TOPICS, TopicSpec
from streams.errors import TopicMissing
from streams.kafka.broker_check import REACH_SECONDS, reach
from streams.kafka.topic_check import check_topics
from streams.settings import KafkaSettings

CREATE_SECONDS: Final = 20.0
KNOWN_SECONDS: Final = 20.0


def create_topics(kafka: KafkaSettings, *, replication: int = 1) -> list[str]:
    """Make the topics that are missing, check the shape of all, and return the names of the new ones."""
    admin = reach(kafka)
    try:
        present = admin.list_topics(timeout=REACH_SECONDS).topics
        missing = [spec for spec in TOPICS if spec.name not in present]
        for made in admin.create_topics([_new(spec, replication) for spec in missing]).values() if missing else ():
            _finish(made)
    except KafkaException as error:
        raise BrokerError(
            f"the topics could not be made at {kafka.bootstrap_servers} ({error.args[0].name()}); is the broker up?"
        ) from error
    except TimeoutError as error:
        raise BrokerError(
            f"the topics were not made at {kafka.bootstrap_servers} within {CREATE_SECONDS:g} s; run it again"
        ) from error
    check_when_known(kafka)
    return [spec.name for spec in missing]


def check_when_known(kafka: KafkaSettings) -> None:
    """Check the shape of every topic; of one that was just made a node may hear later than the node that made it."""
    deadline = time.monotonic() + KNOWN_SECONDS
    while True:
        try:
            return check_topics(kafka, TOPICS)
        except TopicMissing:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _new(spec: TopicSpec, replication: int) -> NewTopic:
    retention = -1 if spec.retention_ms is None else spec.retention_ms
    config = {"cleanup.policy": spec.cleanup_policy, "retention.ms": str(retention)}
    return NewTopic(spec.name, num_partitions=spec.partitions, replication_factor=replication, config=config)


def _finish(made: "Future[None]") -> None:
    try:
        made.result(CREATE_SECONDS)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:  # somebody else was faster: fine
            raise
