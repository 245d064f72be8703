"""Metrics: everything that a verdict is built from; None is "not measured", which is not the same as none."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import Struct

from schemas.events.rollout import CategoryCounts, CriterionValue
from schemas.taxonomy import Category
from scorer.rollout.compute_rates import (
    Asked,
    complaint_rate,
    disagreement,
    errors,
    excess_fallback,
    fallback,
    scoring_failures,
)
from scorer.rollout.paired_outcomes import Signs
from scorer.rollout.policy import Policy

MAPS: Final = frozenset({"criteria", "categories"})
_FLAGS: Final = ("has_model", "has_champion", "latched")


class Standing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Counts of both windows, of labels and of feedback, and how often in a row each bar of a rollback was passed.

    At 0 % the answers asked are control's, scored in shadow; above it they are the canary's.
    """

    percent: float
    has_model: bool
    has_champion: bool = False  # control serves a model: the canary is held against it, not against the rules
    latched: bool = False  # the last record is a rollback: a person lets it out again
    stable_seconds: float = 0.0  # since share or releases were last changed
    expected_fallback: float = 0.0  # the release's own share of unsure answers
    # the window of rates
    rates_seconds: float | None = None  # how long it really was
    users: float | None = None
    accepted: float | None = None
    low_confidence: float | None = None
    unavailable: float | None = None
    error: float | None = None
    timeout: float | None = None
    agree: float | None = None
    disagree: float | None = None
    # the short window
    recent_seconds: float | None = None
    recent_transactions: float | None = None
    recent_accepted: float | None = None
    recent_low_confidence: float | None = None
    recent_unavailable: float | None = None
    recent_error: float | None = None
    recent_timeout: float | None = None
    recent_scoring_failed: float | None = None
    recent_latencies: float | None = None
    p95_seconds: float | None = None
    # answers of the arm that is looked at since share or releases were last changed
    total_asked: float | None = None
    total_failed: float | None = None
    # users of both arms since the share was changed
    canary_users: float | None = None
    arm_users: float | None = None
    # merchants that settled labels speak of: independent of what was shown, and anchored by it
    better: float | None = None
    worse: float | None = None
    alike: float | None = None
    anchored_better: float | None = None
    anchored_worse: float | None = None
    anchored_alike: float | None = None
    evidence_days: float | None = None  # since the first of them became evidence
    # users by the way their feedback leans; served and complained of in the canary's window of rates
    canary_pleased: float | None = None
    canary_displeased: float | None = None
    control_pleased: float | None = None
    control_displeased: float | None = None
    served: float | None = None
    complaints: float | None = None
    stale_sources: float | None = None  # of the warehouse: stale beyond their limit
    mart_age_seconds: float | None = None  # since the time that the oldest mart was built as of
    # looks in a row before this one
    bad_fallback: float = 0
    bad_excess_fallback: float = 0
    bad_latency: float = 0
    bad_errors: float = 0
    bad_scoring_failures: float = 0
    bad_complaints: float = 0
    categories: dict[Category, CategoryCounts] | None = None  # of the canary's model
    criteria: dict[str, CriterionValue] = {}  # of the policy's own, by name

    def to_numbers(self) -> dict[str, float]:
        """Return the standing as a record of the rollout keeps it; maps it keeps beside."""
        numbers = msgspec.to_builtins(self)
        return {name: float(value) for name, value in numbers.items() if name not in MAPS}

    @classmethod
    def from_numbers(
        cls,
        numbers: Mapping[str, float],
        criteria: Mapping[str, CriterionValue] = MappingProxyType({}),
        categories: dict[Category, CategoryCounts] | None = None,
    ) -> "Standing":
        """Read what ``to_numbers`` gave; raises msgspec.ValidationError for anything else."""
        unknown = sorted(set(numbers) - (set(cls.__struct_fields__) - MAPS))
        if unknown:
            raise msgspec.ValidationError(f"no observation is called {', '.join(unknown)}")
        flags = {name: bool(numbers[name]) for name in _FLAGS if name in numbers}
        found = msgspec.convert({**numbers, **flags}, cls)
        return msgspec.structs.replace(found, criteria=dict(criteria), categories=categories)

    @property
    def asked(self) -> Asked | None:
        """What became of what the model was asked in the window of rates, None where a count is missing."""
        return _asked(self.accepted, self.low_confidence, self.unavailable, self.error, self.timeout)

    @property
    def recently_asked(self) -> Asked | None:
        """The same of the short window."""
        return _asked(
            self.recent_accepted,
            self.recent_low_confidence,
            self.recent_unavailable,
            self.recent_error,
            self.recent_timeout,
        )

    @property
    def disagreement(self) -> float | None:
        """The share of different categories where both policies named one."""
        if self.agree is None or self.disagree is None:
            return None
        return disagreement(agree=self.agree, disagree=self.disagree)

    @property
    def errors(self) -> float | None:
        """The share of what the arm's model was asked on which it failed, in the window of rates."""
        return None if self.asked is None else errors(self.asked)

    @property
    def recent_errors(self) -> float | None:
        """The same of the short window."""
        return None if self.recently_asked is None else errors(self.recently_asked)

    @property
    def scoring_failures(self) -> float | None:
        """The share of recent records that could not be scored, whatever arm they were for."""
        if self.recent_scoring_failed is None or self.recent_transactions is None:
            return None
        return scoring_failures(scoring_failed=self.recent_scoring_failed, records=self.recent_transactions)

    @property
    def complaint_rate(self) -> float | None:
        """The share of the canary's suggestions that were rejected or corrected."""
        if self.served is None or self.complaints is None:
            return None
        return complaint_rate(complaints=self.complaints, served=self.served)

    def signs(self, policy: Policy) -> Signs | None:
        """The merchants that are evidence by the policy, None where labels were not looked at."""
        own = (self.better, self.worse, self.alike)
        anchored = (self.anchored_better, self.anchored_worse, self.anchored_alike)
        if None in own:
            return None
        counts = [one or 0.0 for one in own]
        if policy.labels == "any":
            counts = [one + (other or 0.0) for one, other in zip(counts, anchored, strict=True)]
        return Signs(*(round(count) for count in counts))

    def fallback(self, *, recent: bool = False) -> float | None:
        """The plain fallback rate."""
        asked = self.recently_asked if recent else self.asked
        return None if asked is None else fallback(asked)

    def excess_fallback(self, *, recent: bool = False) -> float | None:
        """The fallback beyond the release's expected share of unsure answers."""
        asked = self.recently_asked if recent else self.asked
        return None if asked is None else excess_fallback(asked, expected=self.expected_fallback)


def _asked(*counts: float | None) -> Asked | None:
    known = [count for count in counts if count is not None]
    if len(known) != len(counts):
        return None
    accepted, low_confidence, unavailable, error, timeout = known
    return Asked(
        accepted=accepted, low_confidence=low_confidence, unavailable=unavailable, error=error, timeout=timeout
    )
