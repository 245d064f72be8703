"""Topic check: the UUID that Kafka gave a topic, and a check that the topics have the agreed shape."""

from collections.abc import Mapping, Sequence
from typing import Final

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._topic import TopicDescription
from msgspec import Struct

from schemas.contracts.topics import TopicSpec
from streams.errors import BrokerUnreachable, TopicError, TopicMissing
from streams.kafka.broker_check import REACH_SECONDS, reach
from streams.settings import KafkaSettings

URL_SAFE: Final = str.maketrans("+/", "-_")


class TopicFacts(Struct, frozen=True):
    """What the broker says of one topic: its UUID as Kafka's own tools print it, and how many partitions it has."""

    topic_id: str
    partitions: int


def check_topics(kafka: KafkaSettings, specs: Sequence[TopicSpec]) -> list[str]:
    """Return a line for each topic that has more partitions than were agreed, and which of them are read.

    Raises TopicMissing, TopicError where a topic has fewer, BrokerUnreachable where no broker answers.
    """
    facts = read_topics(kafka, [spec.name for spec in specs])
    for spec in specs:
        if facts[spec.name].partitions < spec.partitions:
            raise TopicError(
                f"topic {spec.name} has {facts[spec.name].partitions} partitions, {spec.partitions} are needed; "
                "add them with: ledgermind topics alter"
            )
    return [_more(spec, facts[spec.name].partitions) for spec in specs if facts[spec.name].partitions > spec.partitions]


def _more(spec: TopicSpec, partitions: int) -> str:
    if spec.partitions == 1:
        return f"topic {spec.name} has {partitions} partitions, 1 was agreed: partition 0 alone is read"
    return (
        f"topic {spec.name} has {partitions} partitions, {spec.partitions} were agreed: all are served; the order of "
        "one user's records across the change is not kept"
    )


def read_topics(kafka: KafkaSettings, names: Sequence[str]) -> dict[str, TopicFacts]:
    """Return the facts of each topic; raises TopicMissing, BrokerUnreachable."""
    return TopicReader(kafka).read(names)


def read_topic_id(kafka: KafkaSettings, name: str) -> str:
    """Return the topic's UUID; a topic that is made again gives its events new ids."""
    return read_topics(kafka, [name])[name].topic_id


class TopicReader:
    """Asks for topics again and again over one connection; opening it raises BrokerUnreachable."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._address = kafka.bootstrap_servers
        self._admin: AdminClient = reach(kafka)

    def read(self, names: Sequence[str]) -> dict[str, TopicFacts]:
        """Return the facts of each topic; raises TopicMissing, BrokerUnreachable."""
        try:
            answers: Mapping[str, object] = self._admin.describe_topics(
                TopicCollection(list(names)), request_timeout=REACH_SECONDS
            )
            found = {name: _result(name, answers[name]) for name in names}
        except KafkaException as error:
            raise self._unanswered(error.args[0].name()) from error
        except TimeoutError as error:  # the client itself did not give up in time
            raise self._unanswered(f"no answer in {REACH_SECONDS:g} s") from error
        return {
            name: TopicFacts(str(topic.topic_id).translate(URL_SAFE).rstrip("="), len(topic.partitions))
            for name, topic in found.items()
        }

    def _unanswered(self, reason: str) -> BrokerUnreachable:
        return BrokerUnreachable(f"the broker at {self._address} does not describe its topics ({reason}); try again")


def _result(name: str, answer: object) -> TopicDescription:
    try:
        return answer.result(REACH_SECONDS)  # type: ignore[attr-defined,no-any-return]
    except KafkaException as error:
        if error.args[0].name() in ("UNKNOWN_TOPIC_OR_PART", "UNKNOWN_TOPIC_ID"):
            raise TopicMissing(f"topic {name} does not exist; create it with: ledgermind topics create") from error
        if error.args[0].name() == "TOPIC_AUTHORIZATION_FAILED":
            raise TopicError(f"topic {name}: the broker does not allow us to describe it (docs/SECURITY.md)") from error
        raise
