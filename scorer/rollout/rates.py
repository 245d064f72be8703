"""Rates: the denominators of the rollout, defined once; where nothing was asked there is no rate, not a zero.

``RATES`` is the only definition. Python computes with it (``scorer.rollout.compute_rates``), the recording rules of
Prometheus are written from it (``ops.monitoring.rate_rules``), and tests hold the SQL macros, the dashboards and the
documents against it.
Every rate of an arm has that arm's own denominator: over everybody's traffic the faults of a small canary vanish.
Being in the control arm is an assignment and no fallback: the fallback rate is a share of what a model was asked.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from msgspec import Struct

FAILED: Final = ("unavailable", "error", "timeout")  # the model itself was not well
ASKED: Final = ("accepted", "low_confidence", *FAILED)

Arm = Literal["canary", "control", "each", "none"]


class Series(Struct, frozen=True):
    """Where a count is exported: a counter, and the value of one of its labels ('' where it has none)."""

    metric: str
    label: str = ""
    value: str = ""


# Every count that a rate is made of, by its name in the standing and in the marts.
SERIES: Final = MappingProxyType(
    {one: Series("lm_ml_acceptance_total", "acceptance", one) for one in ASKED}
    | {one: Series("lm_suggest_compare_total", "outcome", one) for one in ("agree", "disagree")}
    | {f"by_{one}": Series("lm_ml_predictions_total", "source", one) for one in ("model", "rules", "hint", "fallback")}
    | {
        "records": Series("lm_stream_transactions_total"),
        "scoring_failed": Series("lm_stream_dead_letters_total", "reason", "scoring_failed"),
    }
)


class Definition(Struct, frozen=True, kw_only=True):
    """One rate: the sum of the counts in ``part`` over the sum of those in ``whole``.

    ``arm`` says whose counts both are: of each arm apart, of one arm, or of everything ('none': no rate of an arm).
    ``windows`` are those in which the judge looks at it; ``means`` is the sentence of the documents.
    """

    name: str
    part: tuple[str, ...]
    whole: tuple[str, ...]
    arm: Arm
    windows: tuple[Literal["recent", "rates", "since the share moved"], ...]
    part_means: str
    whole_means: str
    recorded: bool = True  # by Prometheus, too; else of the warehouse alone

    def of(self, counts: Mapping[str, float]) -> float | None:
        """Return the rate, None where the denominator is empty."""
        return share(sum(counts[name] for name in self.part), sum(counts[name] for name in self.whole))


COVERAGE: Final = Definition(
    name="coverage",
    part=("accepted",),
    whole=ASKED,
    arm="each",
    windows=("rates",),
    part_means="the model's answer was accepted (above its threshold)",
    whole_means="that arm's model was asked",
)
FALLBACK: Final = Definition(
    name="fallback",
    part=("low_confidence", *FAILED),
    whole=ASKED,
    arm="canary",
    windows=("recent", "rates"),
    part_means="the model was asked and its answer not served",
    whole_means="the canary's model was asked",
)
WOULD_BE_FALLBACK: Final = Definition(
    name="would_be_fallback",
    part=FALLBACK.part,
    whole=ASKED,
    arm="control",
    windows=("recent", "rates"),
    part_means="the model's answer would not have been served",
    whole_means="the model was asked for control's users, in shadow",
)
ERRORS: Final = Definition(
    name="errors",
    part=FAILED,
    whole=ASKED,
    arm="each",
    windows=("recent", "rates", "since the share moved"),
    part_means="the model gave an error, no answer in time, or was unavailable",
    whole_means="that arm's model was asked",
)
DISAGREEMENT: Final = Definition(
    name="disagreement",
    part=("disagree",),
    whole=("agree", "disagree"),
    arm="none",
    windows=("rates",),
    part_means="control and canary name different categories",
    whole_means="both name a category",
)
SERVED: Final = Definition(
    name="served",
    part=("by_model", "by_rules", "by_hint", "by_fallback"),
    whole=("records",),
    arm="none",
    windows=(),
    part_means="a category was served",
    whole_means="all records, dead letters included",
)
SCORING_FAILURES: Final = Definition(
    name="scoring_failures",
    part=("scoring_failed",),
    whole=("records",),
    arm="none",
    windows=("recent",),
    part_means="the record became a dead letter because scoring failed",
    whole_means="all records, dead letters included",
)
COMPLAINTS: Final = Definition(
    name="complaints",
    part=("complaints",),
    whole=("served",),
    arm="canary",
    windows=("rates",),
    part_means="the last word of its user is a reject or a correction",
    whole_means="the canary's suggestion named a category",
    recorded=False,
)
RATES: Final = (
    COVERAGE,
    FALLBACK,
    WOULD_BE_FALLBACK,
    ERRORS,
    DISAGREEMENT,
    SERVED,
    SCORING_FAILURES,
    COMPLAINTS,
)


def share(part: float, whole: float) -> float | None:
    """Return part of whole, None for nothing."""
    return part / whole if whole else None
