"""Rates: the denominators of the rollout, defined once; where nothing was asked there is no rate, not a zero.

Being in the control arm is an assignment and no fallback: the fallback rate is a share of what a model was asked.
"""

from msgspec import Struct


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


def coverage(asked: Asked) -> float | None:
    """Return the share of answers above their threshold, of what was asked in that arm."""
    return share(asked.accepted, asked.total)


def fallback(asked: Asked) -> float | None:
    """Return the share that was not served; of control's users in shadow, what would not have been."""
    return share(asked.total - asked.accepted, asked.total)


def fallback_beyond(asked: Asked, *, expected: float) -> float | None:
    """Return the fallback beyond the release's own share of unsure answers, plus every failure of the model."""
    unsure = share(asked.low_confidence, asked.total)
    failed = share(asked.failed, asked.total)
    return None if unsure is None or failed is None else max(0.0, unsure - expected) + failed


def disagreement(*, agree: float, disagree: float) -> float | None:
    """Return the share of different categories where both named one."""
    return share(disagree, agree + disagree)


def served(*, named: float, transactions: float) -> float | None:
    """Return the share of all transactions, dead letters included, that were served a category."""
    return share(named, transactions)


def error_rate(*, scoring_failed: float, model_errors: float, transactions: float) -> float | None:
    """Return dead letters by scoring failure and model errors, of all transactions."""
    return share(scoring_failed + model_errors, transactions)


def complaint_rate(*, complaints: float, served: float) -> float | None:
    """Return rejected and corrected suggestions, of all that named a category."""
    return share(complaints, served)


def share(part: float, whole: float) -> float | None:
    """Return part of whole, None for nothing."""
    return part / whole if whole else None
