"""Build metrics: what the scheduled build of the warehouse exports."""

from enum import StrEnum
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge

BUILD: Final = CollectorRegistry()
BUILDS: Final = Counter("lm_warehouse_builds_total", "Scheduled builds by result.", ["result"], registry=BUILD)
SUCCESS: Final = Gauge(
    "lm_warehouse_build_success_seconds",
    "When the last good build ended, in epoch seconds; 0 for none.",
    registry=BUILD,
)
FAILURE: Final = Gauge(
    "lm_warehouse_build_failure_seconds",
    "When the last failed build ended, in epoch seconds; 0 for none.",
    registry=BUILD,
)
DURATION: Final = Gauge("lm_warehouse_build_duration_seconds", "How long the last build took.", registry=BUILD)


class BuildResult(StrEnum):
    """What a build came to."""

    SUCCESS = "success"
    FAILURE = "failure"


for _result in BuildResult:
    BUILDS.labels(_result.value)  # shown from the first scrape on, so that a rate begins at nothing


def show(result: BuildResult, *, at: float, seconds: float) -> None:
    """Export one build; ``at`` is its end in epoch seconds."""
    BUILDS.labels(result.value).inc()
    DURATION.set(seconds)
    (SUCCESS if result is BuildResult.SUCCESS else FAILURE).set(at)
