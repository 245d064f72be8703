"""Referenced releases: those that some rollout record names, whatever its age, since a replay asks for them all."""

from collections.abc import Iterable

from schemas.contracts.topics import ROLLOUT_STATE
from schemas.events.rollout import RolloutRecord
from streams.kafka.topic_check import check_topics
from streams.rollout.follower import read_history
from streams.settings import KafkaSettings


def read_named(kafka: KafkaSettings) -> dict[str, str]:
    """Return each release that the rollout's records name, with the reason; raises BrokerUnreachable or TopicError."""
    check_topics(kafka, [ROLLOUT_STATE])
    return named_by(read_history(kafka).records)


def named_by(records: Iterable[RolloutRecord]) -> dict[str, str]:
    """Return each release that a record ever named, with the last record that did."""
    return {
        version: f"rollout record {record.version} names it"
        for record in records
        for version in (record.control.model_version, record.canary.model_version)
        if version is not None
    }
