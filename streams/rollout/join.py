"""Join: a worker that starts reads the rollout to its end, writes the first record where there is none, and follows."""

import time
from datetime import UTC, datetime
from typing import Final

import structlog

from schemas.events.overrides import in_words
from streams.errors import RolloutRecordError
from streams.rollout.active_releases import Reload
from streams.rollout.follower import Follower
from streams.rollout.overrides import first_overrides
from streams.rollout.release_model import Releases
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings, SuggestSettings

ROLLOUT_SECONDS: Final = 30.0

log = structlog.get_logger(__name__)


def join_rollout(
    kafka: KafkaSettings,
    suggest: SuggestSettings,
    *,
    follower: Follower,
    reload: Reload,
    releases: Releases,
    actor: str,
) -> None:
    """Return when a record is in force; raises RolloutRecordError where none is within the time."""
    reload.start()
    follower.start()
    if not follower.wait_until_read(ROLLOUT_SECONDS):
        raise RolloutRecordError("rollout-state could not be read to its end within 30 s; is the broker well?")
    if follower.latest is None:
        now = datetime.fromtimestamp(time.time(), UTC)
        try:
            Writer(kafka).begin(suggest, canary_model=releases.newest(), actor=actor, now=now)
        except RolloutRecordError as error:
            # A worker that started together with us was faster: we follow its record.
            log.warning("rollout_not_begun", reason=str(error))
    if not reload.wait_until_in_force(ROLLOUT_SECONDS):
        reload.go_without()  # a release that loads for ever must not keep the rules from answering
    record = reload.in_force
    if record is None:
        raise RolloutRecordError("no rollout record came into force within 30 s; see ledgermind rollout status")
    if first_overrides(suggest) not in ({}, record.overrides):
        log.warning("suggest_thresholds_json_not_read", in_force=in_words(record.overrides), version=record.version)
