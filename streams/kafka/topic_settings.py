"""Topic settings: what a broker says of its topics' settings and copies, and how they are changed."""

from collections.abc import Mapping, Sequence
from typing import Final

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType

from schemas.contracts.topics import TopicSpec
from streams.errors import BrokerUnreachable
from streams.kafka.broker_check import REACH_SECONDS, reach
from streams.kafka.membership import EMBEDDED_CLUSTER_ID
from streams.kafka.topic_contract import TopicFault, find_faults
from streams.settings import KafkaSettings

ANSWER_SECONDS: Final = 10.0


def read_faults(kafka: KafkaSettings, specs: Sequence[TopicSpec]) -> list[TopicFault] | None:
    """Return what is wrong with the topics' settings; None where the broker does not tell: it has none, or may not.

    Raises BrokerUnreachable.
    """
    admin = reach(kafka)
    cluster = admin.list_topics(timeout=REACH_SECONDS)
    if cluster.cluster_id == EMBEDDED_CLUSTER_ID:
        return None  # it keeps everything in memory, whatever a topic's settings say
    names = [spec.name for spec in specs]
    try:
        settings = _settings(admin, names)
        copies = read_copies(admin, names)
    except KafkaException as error:
        if _is_denied(error):
            return None
        raise _untold(kafka, error) from error
    return find_faults(specs, settings, copies, brokers=len(cluster.brokers))


def read_settings(kafka: KafkaSettings, specs: Sequence[TopicSpec]) -> dict[str, dict[str, str]] | None:
    """Return each topic's settings by their names; None where the broker does not tell: it has none, or may not.

    Raises BrokerUnreachable.
    """
    admin = reach(kafka)
    if admin.list_topics(timeout=REACH_SECONDS).cluster_id == EMBEDDED_CLUSTER_ID:
        return None
    try:
        return _settings(admin, [spec.name for spec in specs])
    except KafkaException as error:
        if _is_denied(error):
            return None
        raise _untold(kafka, error) from error


def read_copies(admin: AdminClient, names: Sequence[str]) -> dict[str, int]:
    """Return how many copies each topic has of its least copied partition; raises KafkaException."""
    described = admin.describe_topics(TopicCollection(list(names)), request_timeout=ANSWER_SECONDS)
    return {
        name: min(len(partition.replicas) for partition in described[name].result(ANSWER_SECONDS).partitions)
        for name in names
    }


def set_topic(admin: AdminClient, topic: str, settings: Mapping[str, str]) -> None:
    """Change some settings of a topic, the others stay; raises KafkaException."""
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in settings.items()
    ]
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
    for changed in admin.incremental_alter_configs([resource]).values():
        changed.result(ANSWER_SECONDS)


def _is_denied(error: KafkaException) -> bool:
    return error.args[0].name() in ("TOPIC_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED")


def _untold(kafka: KafkaSettings, error: KafkaException) -> BrokerUnreachable:
    return BrokerUnreachable(
        f"the broker at {kafka.bootstrap_servers} does not tell its settings ({error.args[0].name()})"
    )


def _settings(admin: AdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    resources = {name: ConfigResource(ResourceType.TOPIC, name) for name in names}
    answers = admin.describe_configs(list(resources.values()))
    return {
        name: {entry.name: str(entry.value) for entry in answers[resource].result(ANSWER_SECONDS).values()}
        for name, resource in resources.items()
    }
