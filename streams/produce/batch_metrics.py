"""Batch metrics: moves the counters of one batch, after its commit, so that metrics and topics agree."""

import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

from schemas.events.comparison import Acceptance, Role
from schemas.events.suggestion import Arm
from streams import metrics
from streams.process.batch_types import Refused, Scored, SkippedRecord
from streams.produce.clock_skew import DAY_SECONDS, ClockSkew

SKEW: Final = ClockSkew()
metrics.CLOCK_SKEW.set_function(SKEW.seconds)
metrics.CLOCK.set_function(time.time)


def tally(
    scored: Sequence[Scored], refused: Sequence[Refused], skipped: Sequence[SkippedRecord] = (), *, now: float
) -> None:
    """Count one committed batch; ``now`` is the wall clock in epoch seconds."""
    served = Counter((_served_label(item), item.suggestion.arm) for item in scored)
    for (label, arm), count in served.items():
        metrics.PREDICTIONS.labels(label, arm.value).inc(count)
    # What a hint serves says nothing of an arm: it is told by its source, and is in no rate of an arm.
    evidence = [item for item in scored if item.decision.is_evidence]
    reasons = Counter(item.decision.fallback_reason for item in evidence)
    for reason, count in reasons.items():
        if reason is not None:
            metrics.FALLBACKS.labels(reason.value).inc(count)
    for (outcome, arm), count in Counter((item.comparison.outcome, item.comparison.arm) for item in evidence).items():
        metrics.COMPARISONS.labels(outcome.value, arm.value).inc(count)
    for (arm, acceptance), count in _acceptances(evidence).items():
        metrics.ACCEPTANCE.labels(arm.value, acceptance.value).inc(count)
    for fault, count in Counter(item.fault.reason for item in refused).items():
        metrics.DEAD_LETTERS.labels(fault.value).inc(count)
    for skip, count in Counter(item.reason for item in skipped).items():
        metrics.MAPPING_SKIPS.labels(skip.value).inc(count)
    metrics.TRANSACTIONS.inc(len(scored) + len(refused))
    metrics.BATCH_SIZE.observe(len(scored) + len(refused) + len(skipped))
    ages = [now - item.record.timestamp_ms / 1_000 for item in scored]
    metrics.END_TO_END.observe_all([max(0.0, age) for age in ages])  # a histogram's sum never falls
    SKEW.see(ages)
    metrics.FAR_TIMESTAMPS.inc(sum(1 for age in ages if abs(age) > DAY_SECONDS))


def _served_label(item: Scored) -> str:
    """Who named the category; a canary that falls back to silence is served nothing."""
    decision = item.decision
    if decision.served is None or decision.fallback_reason is None:
        return decision.source.value
    return metrics.FALLBACK


def _acceptances(scored: Sequence[Scored]) -> Counter[tuple[Arm, Acceptance]]:
    """The canary's model's own word, wherever it was asked."""
    return Counter(
        (item.comparison.arm, answer.acceptance)
        for item in scored
        for answer in item.comparison.answers
        if answer.role is Role.CHALLENGER
        and answer.acceptance is not None
        and answer.acceptance is not Acceptance.NOT_ASKED
    )
