"""Metrics: what the judge exports as a service, the value and the bar side by side."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge

from ops.rollout.evaluate import Look
from schemas.events.rollout import Verdict

JUDGE: Final = CollectorRegistry()
VERDICTS: Final = Counter("lm_rollout_verdicts_total", "Looks by their verdict.", ["verdict"], registry=JUDGE)
OBSERVED: Final = Gauge("lm_rollout_observed", "Value of a condition at the last look.", ["rate"], registry=JUDGE)
THRESHOLD: Final = Gauge("lm_rollout_threshold", "Bar that the value is held against.", ["rate"], registry=JUDGE)
PERCENT: Final = Gauge("lm_rollout_percent", "Share of users in the canary arm, percent.", registry=JUDGE)
VERSION: Final = Gauge("lm_rollout_version", "Version of the rollout record that is served.", registry=JUDGE)

for _verdict in Verdict:
    VERDICTS.labels(_verdict.value)  # shown from the first scrape on, so that a rate begins at nothing


def show(look: Look) -> None:
    """Export one look; what was not measured shows its bar alone."""
    VERDICTS.labels(look.judgement.verdict.value).inc()
    OBSERVED.clear()
    THRESHOLD.clear()
    if look.record is not None:
        PERCENT.set(look.record.basis_points / 100)
        VERSION.set(look.record.version)
    for condition in look.judgement.conditions:
        if condition.bar is not None:
            THRESHOLD.labels(str(condition.name)).set(condition.bar)
        if condition.value is not None:
            OBSERVED.labels(str(condition.name)).set(condition.value)
