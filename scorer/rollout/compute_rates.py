"""Compute rates: what the counts of a rollout come to, by the definitions of ``scorer.rollout.rates``."""

import msgspec
from msgspec import Struct

from scorer.rollout.rates import (
    COMPLAINTS,
    COVERAGE,
    DISAGREEMENT,
    ERRORS,
    FALLBACK,
    SCORING_FAILURES,
    Definition,
    share,
)


class Asked(Struct, frozen=True, kw_only=True):
    """What became of the transactions that one arm's model was asked about."""

    accepted: float = 0
    low_confidence: float = 0
    unavailable: float = 0
    error: float = 0
    timeout: float = 0

    @property
    def total(self) -> float:
        """How many there were."""
        return self.accepted + self.low_confidence + self.failed

    @property
    def failed(self) -> float:
        """Those for which the model itself was not well."""
        return self.unavailable + self.error + self.timeout

    def rate(self, definition: Definition) -> float | None:
        """Return a rate of these counts."""
        return definition.of(msgspec.structs.asdict(self))


def coverage(asked: Asked) -> float | None:
    """Return the share of answers above their threshold, of what was asked in that arm."""
    return asked.rate(COVERAGE)


def fallback(asked: Asked) -> float | None:
    """Return the share that was not served; of control's users in shadow, what would not have been."""
    return asked.rate(FALLBACK)


def errors(asked: Asked) -> float | None:
    """Return the share for which the model failed, of what that arm's model was asked."""
    return asked.rate(ERRORS)


def excess_fallback(asked: Asked, *, expected: float) -> float | None:
    """Return the fallback beyond the release's own share of unsure answers, plus every failure of the model."""
    unsure, failed = share(asked.low_confidence, asked.total), errors(asked)
    return None if unsure is None or failed is None else max(0.0, unsure - expected) + failed


def disagreement(*, agree: float, disagree: float) -> float | None:
    """Return the share of different categories where both named one."""
    return DISAGREEMENT.of({"agree": agree, "disagree": disagree})


def served(*, named: float, records: float) -> float | None:
    """Return the share of all records, dead letters included, that were served a category."""
    return share(named, records)


def scoring_failures(*, scoring_failed: float, records: float) -> float | None:
    """Return dead letters by scoring failure, of all records."""
    return SCORING_FAILURES.of({"scoring_failed": scoring_failed, "records": records})


def complaint_rate(*, complaints: float, served: float) -> float | None:
    """Return rejected and corrected suggestions, of all that named a category."""
    return COMPLAINTS.of({"complaints": complaints, "served": served})
