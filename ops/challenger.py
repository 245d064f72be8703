"""Challenger: how a release that its gate passed enters the rollout, in shadow and at 0 %."""

import time
from datetime import UTC, datetime

from ops.servable import require_servable
from schemas.rollout import ArmPolicy, RolloutRecord
from scorer.registry import Registry
from streams.rollout_writer import Change, Writer, successor
from streams.settings import KafkaSettings, SuggestSettings

EVERYBODY = 10_000  # basis points


def propose(record: RolloutRecord, version: str, *, actor: str) -> Change | None:
    """Return the change that puts ``version`` into the canary arm at 0 %, None while a canary is under way.

    A canary that serves everybody has won: it becomes control's champion. One that serves nobody is replaced.
    """
    if 0 < record.basis_points < EVERYBODY:
        return None
    has_won = record.basis_points == EVERYBODY and record.canary.model_version is not None
    return Change(
        actor=actor,
        reason=f"challenger {version} is to be judged in shadow",
        percent="0.00",
        shadow=True,
        control=record.canary if has_won else None,
        canary=ArmPolicy(version),
        expect_version=record.version,
    )


def enter(
    version: str, *, kafka: KafkaSettings, suggest: SuggestSettings, registry: Registry, actor: str
) -> RolloutRecord | None:
    """Write the record that lets ``version`` be judged and return it, None where a canary under way comes first.

    Raises NotServableError, BrokerUnreachable and RolloutRecordError.
    """
    writer, now = Writer(kafka), datetime.fromtimestamp(time.time(), UTC)
    last = writer.history.latest
    if last is None:
        return writer.begin(suggest, canary_model=version, actor=actor, now=now)
    change = propose(last, version, actor=actor)
    if change is None:
        return None
    require_servable(successor(last, change, now=now), registry)
    return writer.change(change, now=now)
