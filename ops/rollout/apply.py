"""Apply: writes the record that a verdict leads to, with everything that the verdict was built from."""

from datetime import datetime
from typing import Final

from ops.releases.serving_check import require_servable
from ops.rollout.decision_log import evidence_of
from ops.rollout.evaluate import Look
from schemas.events.rollout import RolloutRecord, Verdict
from scorer.release.registry import Registry
from scorer.rollout.policy import Policy
from streams.rollout.change import Change, parse_percent, successor
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings

ACTOR: Final = "judge"
MAX_REASON_CHARACTERS: Final = 1_000


def move(
    policy: Policy, look: Look, *, kafka: KafkaSettings, registry: Registry, now: datetime
) -> RolloutRecord | None:
    """Write the next record where the verdict moves the share, and return it.

    Raises NotServableError, BrokerUnreachable, and RolloutRecordError where somebody else was faster.
    """
    verdict, percent, reasons, _ = look.judgement
    if percent is None or look.record is None:
        return None
    change = Change(
        actor=ACTOR,
        reason=f"{verdict}: {'; '.join(reasons)}"[:MAX_REASON_CHARACTERS],
        percent=parse_percent(f"{percent:.2f}"),
        shadow=True,
        verdict=verdict,
        evidence=evidence_of(policy, look),
        expect_version=look.record.version,
    )
    writer = Writer(kafka)
    if verdict is Verdict.PROMOTE:
        require_servable(successor(look.record, change, now=now), registry)
    return writer.change(change, now=now)
