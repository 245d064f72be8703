"""Challenger: how the next release enters the canary, and how the one that serves everybody becomes the champion."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from ops.releases.serving_check import require_servable
from ops.rollout.rollout_state import place
from schemas.events.rollout import ArmPolicy, RolloutRecord
from schemas.events.suggestion import BUCKETS
from scorer.release.registry import Registry
from scorer.rollout.champion import has_won
from streams.rollout.change import Change, successor
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings, SuggestSettings

DAY_SECONDS: Final = 86_400.0


def winner(record: RolloutRecord) -> ArmPolicy | None:
    """Return the policy that control takes over when the canary gets another: that of a model that serves everybody."""
    return record.canary if has_won(record.basis_points, record.canary.model_version) else None


def succeed(change: Change, record: RolloutRecord) -> Change:
    """Return the change with the winner as control's champion, where it gives the canary another policy.

    Nobody who was served by the winner falls back to what control served before it; who names control is obeyed.
    """
    if change.control is not None or change.canary in (None, record.canary):
        return change
    return replace(change, control=winner(record))


def propose(
    records: Sequence[RolloutRecord], version: str, *, actor: str, now: datetime, undecided_days: float
) -> Change | None:
    """Return the change that puts ``version`` into the canary arm at 0 %, None while a canary is under way.

    A canary that serves everybody has won: it becomes control's champion. One that serves nobody is replaced, and so is
    one that took its place ``undecided_days`` ago and is neither at 100 % nor taken back: control goes on as it is.
    """
    record, reason = records[-1], f"challenger {version} is to be judged in shadow"
    if 0 < record.basis_points < BUCKETS:
        days = (now - place(records).evidence_since).total_seconds() / DAY_SECONDS
        if days < undecided_days or record.canary.model_version == version:
            return None
        old = record.canary.model_version or "without a model"
        reason += f"; canary {old} at {record.percent} % was undecided for {days:.0f} days"
    return Change(
        actor=actor,
        reason=reason,
        percent="0.00",
        shadow=True,
        control=winner(record),
        canary=ArmPolicy(version),
        expect_version=record.version,
    )


def enter(
    version: str,
    *,
    kafka: KafkaSettings,
    suggest: SuggestSettings,
    registry: Registry,
    actor: str,
    undecided_days: float,
) -> RolloutRecord | None:
    """Write the record that lets ``version`` be judged and return it, None where a canary under way comes first.

    Raises NotServableError, BrokerUnreachable and RolloutRecordError.
    """
    writer, now = Writer(kafka), datetime.fromtimestamp(time.time(), UTC)
    last = writer.history.latest
    if last is None:
        return writer.begin(suggest, canary_model=version, actor=actor, now=now)
    change = propose(writer.history.records, version, actor=actor, now=now, undecided_days=undecided_days)
    if change is None:
        return None
    require_servable(successor(last, change, now=now), registry)
    return writer.change(change, now=now)
