"""Record in force: the newest rollout record, read from its topic."""

from schemas.rollout import RolloutRecord
from schemas.topics import ROLLOUT_STATE
from streams.rollout import read_history
from streams.settings import KafkaSettings, read
from streams.topic_id import check_topics


def record_in_force() -> RolloutRecord | None:
    """Return it, None where there is none yet; raises StreamError where it cannot be read."""
    kafka = read(KafkaSettings)
    check_topics(kafka, [ROLLOUT_STATE])
    return read_history(kafka).latest
