"""Topics: makes them on a broker that may make each by itself, in its own shape, as soon as a client asks for it."""

from typing import Final

from confluent_kafka import KafkaException

from ops.errors import BrokerError
from ops.kafka.topics import create_topics
from schemas.contracts.topics import TOPICS
from streams.errors import TopicError
from streams.kafka.broker_check import reach
from streams.kafka.topic_check import read_topics
from streams.settings import KafkaSettings

TRIES: Final = 5
DELETE_SECONDS: Final = 10.0


def make_topics(kafka: KafkaSettings, *, may_delete: bool = False) -> None:
    """Make every topic that is missing; raises BrokerError, TopicError.

    With ``may_delete``, on a broker that has just begun empty, a topic in another shape is deleted and made again.
    """
    for number in range(TRIES):
        try:
            create_topics(kafka)
            return
        except TopicError:
            if not may_delete or number + 1 == TRIES:
                raise
            _delete_misshapen(kafka)


def _delete_misshapen(kafka: KafkaSettings) -> None:
    facts = read_topics(kafka, [spec.name for spec in TOPICS])
    names = [spec.name for spec in TOPICS if facts[spec.name].partitions != spec.partitions]
    try:
        for done in reach(kafka).delete_topics(names).values() if names else ():
            done.result(DELETE_SECONDS)
    except (KafkaException, TimeoutError) as error:
        raise BrokerError(f"topics of another shape could not be deleted at {kafka.bootstrap_servers}") from error
