"""Active record: the newest rollout record, read from its topic."""

from schemas.contracts.topics import ROLLOUT_STATE
from schemas.events.rollout import RolloutRecord
from streams.kafka.topic_check import check_topics
from streams.rollout.follower import read_history
from streams.settings import KafkaSettings, read


def record_in_force() -> RolloutRecord | None:
    """Return it, None where there is none yet; raises StreamError where it cannot be read."""
    kafka = read(KafkaSettings)
    check_topics(kafka, [ROLLOUT_STATE])
    return read_history(kafka).latest
