"""Record in force: the newest rollout record, read from its topic."""

from ops.errors import OpsError
from ops.judge.look import NO_RECORD
from schemas.rollout import RolloutRecord
from schemas.topics import ROLLOUT_STATE
from streams.rollout import read_history
from streams.settings import KafkaSettings, read
from streams.topic_id import check_topics


def record_in_force() -> RolloutRecord:
    """Return it; raises StreamError where it cannot be read, OpsError where there is none."""
    kafka = read(KafkaSettings)
    check_topics(kafka, [ROLLOUT_STATE])
    record = read_history(kafka).latest
    if record is None:
        raise OpsError(NO_RECORD)
    return record
