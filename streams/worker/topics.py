"""Topics: what a worker asks of the topics that it reads and writes before it starts, and follows from then on."""

import structlog

from schemas.contracts.topics import TRANSACTIONS
from streams.kafka.settings_watch import TOPICS_OF_WORKER
from streams.kafka.topic_check import TopicReader, check_topics
from streams.kafka.topic_watch import TopicWatch
from streams.settings import KafkaSettings

log = structlog.get_logger(__name__)


def check_topics_of_worker(kafka: KafkaSettings) -> None:
    """Say which topics have more partitions than the contract; raises StreamError where one cannot be worked with."""
    for line in check_topics(kafka, TOPICS_OF_WORKER):
        log.warning("topic_has_more_partitions", message=line)


def watch_transactions(kafka: KafkaSettings) -> TopicWatch:
    """Return the watch that sees the topic of transactions being deleted or made anew; it is not started yet."""
    reader = TopicReader(kafka)
    return TopicWatch(lambda: reader.read([TRANSACTIONS.name])[TRANSACTIONS.name])
