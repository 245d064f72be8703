"""Judge: what the rollout's numbers allow, by a policy; pure, so that every verdict can be computed again.

A rollback needs as many bad looks in a row as the policy says; a promotion needs every bar to hold; a number that is
missing, or of too small a sample, never promotes.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from schemas.rollout import Verdict
from scorer.policy import Policy, Step
from scorer.rates import Asked, disagreement, error_rate, fallback, fallback_beyond

_DAY: Final = 86_400.0


class Standing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that a verdict is built from; counts are of the policy's window, None is "not measured".

    At 0 % the answers asked are control's, scored in shadow; above it they are the canary's.
    """

    percent: float
    has_model: bool
    latched: bool = False  # the last record is a rollback: a person lets it out again
    stable_seconds: float = 0.0  # since the share was last changed
    transactions: float | None = None
    users: float | None = None
    accepted: float | None = None
    low_confidence: float | None = None
    unavailable: float | None = None
    error: float | None = None
    timeout: float | None = None
    expected_fallback: float = 0.0  # the release's own share of unsure answers
    agree: float | None = None
    disagree: float | None = None
    scoring_failed: float | None = None
    p95_seconds: float | None = None
    e_better: float | None = None
    e_worse: float | None = None
    e_not_inferior: float | None = None
    bad_fallback: float = 0  # looks in a row before this one, of each bar of a rollback
    bad_latency: float = 0
    bad_errors: float = 0

    def to_numbers(self) -> dict[str, float]:
        """Return the standing as a record of the rollout keeps it."""
        return {name: float(value) for name, value in msgspec.to_builtins(self).items()}

    @classmethod
    def from_numbers(cls, numbers: Mapping[str, float]) -> "Standing":
        """Read what ``to_numbers`` gave; raises msgspec.ValidationError for anything else."""
        flags = {name: bool(numbers[name]) for name in ("has_model", "latched") if name in numbers}
        return msgspec.convert({**numbers, **flags}, cls)

    @property
    def asked(self) -> Asked | None:
        """What became of what the model was asked, None where one of the counts is missing."""
        counts = (self.accepted, self.low_confidence, self.unavailable, self.error, self.timeout)
        if any(count is None for count in counts):
            return None
        known = [count or 0.0 for count in counts]
        return Asked(accepted=known[0], low_confidence=known[1], unavailable=known[2], error=known[3], timeout=known[4])


class Holds(StrEnum):
    """What one condition came to."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Condition(NamedTuple):
    """One bar and the value beside it."""

    name: str
    value: float | None
    bar: float
    holds: Holds

    def __str__(self) -> str:
        """As a line of a report."""
        value = "not measured" if self.value is None else f"{self.value:.4g}"
        return f"{self.name} {value} (bar {self.bar:g})"


class Judgement(NamedTuple):
    """The verdict, the share that it leads to (None: no change), why, and each bar of the step that was looked at."""

    verdict: Verdict
    percent: float | None
    reasons: tuple[str, ...]
    conditions: tuple[Condition, ...]


class Streaks(NamedTuple):
    """Bad looks in a row, this one included; what was not measured ends no streak and makes none longer."""

    fallback: float
    latency: float
    errors: float


def judge(policy: Policy, standing: Standing) -> Judgement:
    """Return what the policy says of a standing."""
    if not standing.has_model:
        return Judgement(Verdict.HOLD, None, ("the canary has no model",), ())
    if standing.percent > 0:
        bad = tuple(_bad(policy, standing))
        if bad:
            return Judgement(Verdict.ROLLBACK, 0.0, bad, ())
    if standing.latched:
        return Judgement(Verdict.HOLD, None, ("it was rolled back: a person lets it out again",), ())
    step = policy.step_from(standing.percent)
    if step is None:
        return Judgement(Verdict.HOLD, None, (f"no step leads on from {standing.percent:g} %",), ())
    conditions = tuple(_conditions(policy, step, standing))
    unknown = tuple(str(one) for one in conditions if one.holds is Holds.UNKNOWN)
    failed = tuple(str(one) for one in conditions if one.holds is Holds.NO)
    if failed:
        return Judgement(Verdict.HOLD, None, failed + unknown, conditions)
    if unknown:
        return Judgement(Verdict.INCONCLUSIVE, None, unknown, conditions)
    return Judgement(Verdict.PROMOTE, step.to, tuple(map(str, conditions)), conditions)


def streaks(policy: Policy, standing: Standing) -> Streaks:
    """Return how many looks in a row each bar of a rollback was passed, for the next standing."""
    return Streaks(*(_streak(bar) for bar in _rollback_bars(policy, standing)))


class _RollbackBar(NamedTuple):
    name: str
    value: float | None
    bar: float
    before: float
    looks: int


def _rollback_bars(policy: Policy, standing: Standing) -> tuple[_RollbackBar, _RollbackBar, _RollbackBar]:
    bars = policy.rollback
    unserved = _enough(policy, standing, _fallback(policy, standing))
    errors = _enough(policy, standing, _errors(standing))
    return (
        _RollbackBar("fallback", unserved, bars.fallback, standing.bad_fallback, bars.looks),
        _RollbackBar("p95 seconds", standing.p95_seconds, bars.p95_seconds, standing.bad_latency, bars.looks_fast),
        _RollbackBar("errors", errors, bars.errors, standing.bad_errors, bars.looks_fast),
    )


def _streak(bar: _RollbackBar) -> float:
    if bar.value is None:
        return bar.before
    return bar.before + 1 if bar.value > bar.bar else 0


def _bad(policy: Policy, standing: Standing) -> Iterator[str]:
    for bar in _rollback_bars(policy, standing):
        if bar.value is not None and bar.value > bar.bar and _streak(bar) >= bar.looks:
            yield f"{bar.name} {bar.value:.4g} above {bar.bar:g} on {_streak(bar):g} looks in a row"
    if standing.e_worse is not None and standing.e_worse >= 1 / policy.alpha:
        yield f"labels say worse: e-value {standing.e_worse:.4g}, {1 / policy.alpha:g} is enough"


def _conditions(policy: Policy, step: Step, standing: Standing) -> Iterator[Condition]:
    minimum = policy.minimum
    asked = None if standing.asked is None else standing.asked.total
    yield _at_least("answers asked for", asked, minimum.transactions, small=Holds.UNKNOWN)
    if minimum.users:
        yield _at_least("users", standing.users, minimum.users, small=Holds.UNKNOWN)
    yield _below("fallback", _fallback(policy, standing), step.fallback)
    # Agreement with the rules is no goal: where labels show the model right, it may differ.
    if standing.e_better is None or standing.e_better < 1 / policy.alpha:
        yield _below("disagreement", _disagreement(standing), step.disagreement)
    yield _below("p95 seconds", standing.p95_seconds, step.p95_seconds)
    yield _below("errors", _errors(standing), policy.rollback.errors)
    if step.stable_days:
        yield _at_least("days at this share", standing.stable_seconds / _DAY, step.stable_days, small=Holds.NO)
    if step.paired == "better":
        yield _at_least("e-value of better", standing.e_better, 1 / policy.alpha, small=Holds.UNKNOWN)
    elif step.paired == "not worse":
        yield _at_least("e-value of not worse", standing.e_not_inferior, 1 / policy.alpha, small=Holds.UNKNOWN)


def _below(name: str, value: float | None, bar: float) -> Condition:
    return Condition(name, value, bar, Holds.UNKNOWN if value is None else Holds.YES if value < bar else Holds.NO)


def _at_least(name: str, value: float | None, bar: float, *, small: Holds) -> Condition:
    return Condition(name, value, bar, Holds.UNKNOWN if value is None else Holds.YES if value >= bar else small)


def _enough(policy: Policy, standing: Standing, value: float | None) -> float | None:
    """The value, None where the sample is too small to say anything."""
    asked = standing.asked
    return value if asked is not None and asked.total >= policy.minimum.transactions else None


def _fallback(policy: Policy, standing: Standing) -> float | None:
    asked = standing.asked
    if asked is None:
        return None
    if policy.fallback_counts == "all":
        return fallback(asked)
    return fallback_beyond(asked, expected=standing.expected_fallback)


def _disagreement(standing: Standing) -> float | None:
    if standing.agree is None or standing.disagree is None:
        return None
    return disagreement(agree=standing.agree, disagree=standing.disagree)


def _errors(standing: Standing) -> float | None:
    asked = standing.asked
    if asked is None or standing.scoring_failed is None or standing.transactions is None:
        return None
    return error_rate(
        scoring_failed=standing.scoring_failed, model_errors=asked.error, transactions=standing.transactions
    )
