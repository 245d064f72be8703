"""Anew: a topic is deleted, made again and filled, as an operator or a tool would do it."""

from confluent_kafka.admin import AdminClient

from ops.kafka.topics import create_topics
from ops.patience import patience_seconds, wait_for
from schemas.contracts.topics import TRANSACTIONS
from streams.kafka.topic_check import read_topic_id
from streams.settings import KafkaSettings
from tests.integration.test_worker import records
from tests.support.kafka_io import send_records


def make_anew(bootstrap_servers: str) -> str:
    """Delete ``transactions``, create it again and return its id."""
    kafka = KafkaSettings(bootstrap_servers=bootstrap_servers)
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0})
    for deleted in admin.delete_topics([TRANSACTIONS.name]).values():
        deleted.result(patience_seconds())
    wait_for(lambda: TRANSACTIONS.name not in admin.list_topics(timeout=patience_seconds()).topics, "end of the topic")
    create_topics(kafka)
    return read_topic_id(kafka, TRANSACTIONS.name)


def fill(bootstrap_servers: str, count: int) -> int:
    """Send ``count`` transactions, as many to each partition, and return how many that were."""
    of_each = count // TRANSACTIONS.partitions
    for partition in range(TRANSACTIONS.partitions):
        send_records(bootstrap_servers, records(of_each), partition=partition)
    return of_each * TRANSACTIONS.partitions
