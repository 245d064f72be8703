"""Retrain metrics: what the scheduled retraining exports."""

from enum import StrEnum
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge

RETRAIN: Final = CollectorRegistry()
RUNS: Final = Counter("lm_retrain_runs_total", "Scheduled retrainings by outcome.", ["outcome"], registry=RETRAIN)
LAST: Final = Gauge(
    "lm_retrain_last_outcome", "1 for the outcome of the last retraining, 0 for the others.", ["outcome"],
    registry=RETRAIN,
)  # fmt: skip
ENDED: Final = Gauge(
    "lm_retrain_last_end_seconds", "When the last retraining ended, in epoch seconds; 0 for none.", registry=RETRAIN
)
PASSED: Final = Gauge(
    "lm_retrain_last_passed_seconds",
    "When the last retraining ended whose release its gate passed, in epoch seconds; 0 for none.",
    registry=RETRAIN,
)
NEXT: Final = Gauge("lm_retrain_next_seconds", "When the next retraining is due, in epoch seconds.", registry=RETRAIN)
DURATION: Final = Gauge("lm_retrain_duration_seconds", "How long the last retraining took.", registry=RETRAIN)


class RetrainOutcome(StrEnum):
    """What a scheduled retraining came to."""

    PASSED = "passed"  # a release that its gate passed
    REFUSED = "refused"  # by data, tests or gate: no fault, and the reason stands in the log
    BUSY = "busy"  # another retraining of this warehouse was under way
    FAILED = "failed"  # it could not be done: no Postgres, no broker, no registry


for _outcome in RetrainOutcome:
    RUNS.labels(_outcome.value)  # shown from the first scrape on, so that a rate begins at nothing
    LAST.labels(_outcome.value)


def show(outcome: RetrainOutcome | None, *, ended_at: float, passed_at: float, seconds: float) -> None:
    """Export what is known of the last retraining; times in epoch seconds, 0 for none."""
    for one in RetrainOutcome:
        LAST.labels(one.value).set(float(one is outcome))
    ENDED.set(ended_at)
    PASSED.set(passed_at)
    DURATION.set(seconds)
