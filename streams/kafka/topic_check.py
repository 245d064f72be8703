"""Topic check: the UUID that Kafka gave the input topic, and a check that the topics have the agreed shape."""

from collections.abc import Sequence
from typing import Final

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin._topic import TopicDescription

from schemas.contracts.topics import TopicSpec
from streams.errors import BrokerUnreachable, TopicError, TopicMissing
from streams.kafka.broker_check import REACH_SECONDS, reach
from streams.settings import KafkaSettings

URL_SAFE: Final = str.maketrans("+/", "-_")


def check_topics(kafka: KafkaSettings, specs: Sequence[TopicSpec]) -> None:
    """Raise TopicMissing, TopicError where a topic has another shape, BrokerUnreachable where no broker answers."""
    for spec, topic in zip(specs, _describe(kafka, [spec.name for spec in specs]), strict=True):
        if len(topic.partitions) != spec.partitions:
            raise TopicError(
                f"topic {spec.name} has {len(topic.partitions)} partitions, {spec.partitions} were agreed; "
                "delete it or use another cluster, then run: ledgermind topics create"
            )


def read_topic_id(kafka: KafkaSettings, name: str) -> str:
    """Return the topic's UUID as Kafka's own tools print it; a topic that is made again gives its events new ids."""
    return str(_describe(kafka, [name])[0].topic_id).translate(URL_SAFE).rstrip("=")


def _describe(kafka: KafkaSettings, names: list[str]) -> list[TopicDescription]:
    admin = reach(kafka)
    try:
        answers = admin.describe_topics(TopicCollection(names), request_timeout=REACH_SECONDS)
        return [_result(name, answers[name]) for name in names]
    except KafkaException as error:
        raise _unanswered(kafka, error.args[0].name()) from error
    except TimeoutError as error:  # the client itself did not give up in time
        raise _unanswered(kafka, f"no answer in {REACH_SECONDS:g} s") from error


def _unanswered(kafka: KafkaSettings, reason: str) -> BrokerUnreachable:
    return BrokerUnreachable(
        f"the broker at {kafka.bootstrap_servers} does not describe its topics ({reason}); try again"
    )


def _result(name: str, answer: object) -> TopicDescription:
    try:
        return answer.result(REACH_SECONDS)  # type: ignore[attr-defined,no-any-return]
    except KafkaException as error:
        if error.args[0].name() in ("UNKNOWN_TOPIC_OR_PART", "UNKNOWN_TOPIC_ID"):
            raise TopicMissing(f"topic {name} does not exist; create it with: ledgermind topics create") from error
        raise
