"""Judge, definition version 1: what verdicts of before were built by, kept so that each can be computed again.

Nothing here changes any more. In version 1 ``errors`` were model errors of one arm and scoring failures together, of
all transactions, and ``fallback`` was the excess over the release's expected share unless the policy counted all.
"""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

import msgspec
from msgspec import Struct

from schemas.events.rollout import Verdict
from scorer.errors import PolicyError
from scorer.rollout.paired_outcomes import Signs
from scorer.rollout.sequential_test import e_better, e_not_inferior, e_worse, sample_ratio_p

_DAY: Final = 86_400.0
_NAMES: Final = frozenset((
    "percent", "has_model", "latched", "stable_seconds", "expected_fallback", "rates_seconds", "users", "accepted",
    "low_confidence", "unavailable", "error", "timeout", "agree", "disagree", "recent_seconds", "recent_transactions",
    "recent_accepted", "recent_low_confidence", "recent_unavailable", "recent_error", "recent_timeout",
    "recent_scoring_failed", "recent_latencies", "p95_seconds", "canary_users", "arm_users", "better", "worse",
    "alike", "anchored_better", "anchored_worse", "anchored_alike", "evidence_days", "canary_pleased",
    "canary_displeased", "control_pleased", "control_displeased", "served", "complaints", "stale_sources",
    "bad_fallback", "bad_latency", "bad_errors", "bad_complaints",
))  # fmt: skip
_ASKED: Final = ("accepted", "low_confidence", "unavailable", "error", "timeout")


class _Minimum(Struct, frozen=True):
    transactions: int
    recent: int
    recent_answers: int
    users: int
    feedback: int = 30


class _Step(Struct, frozen=True, rename={"start": "from"}):
    start: float
    to: float
    disagreement: float
    fallback: float
    p95_seconds: float
    errors: float
    stable_days: float
    paired: Literal["not asked", "not worse", "better"] = "not asked"
    feedback: Literal["not asked", "not negative", "not worse"] = "not asked"


class _Rollback(Struct, frozen=True):
    fallback: float
    p95_seconds: float
    errors: float
    complaints: float
    looks: int
    looks_fast: int


class _Policy(Struct, frozen=True):
    alpha: float
    margin: float
    feedback_margin: float
    sample_ratio_alpha: float
    labels: Literal["independent", "any"]
    freshness: Literal["required", "not asked"]
    fallback_counts: Literal["beyond expected", "all"]
    minimum: _Minimum
    steps: tuple[_Step, ...]
    rollback: _Rollback


class Outcome(NamedTuple):
    """A verdict and the share that it leads to, percent (None: no change)."""

    verdict: Verdict
    percent: float | None


def judge_v1(terms: str, observations: Mapping[str, float]) -> Outcome:
    """Return what version 1 says of the observations by the policy's terms (its canonical JSON).

    Raises PolicyError or msgspec.ValidationError for what is none of its own.
    """
    unknown = sorted(set(observations) - _NAMES)
    if unknown:
        raise msgspec.ValidationError(f"no observation of version 1 is called {', '.join(unknown)}")
    try:
        policy = msgspec.json.decode(terms, type=_Policy)
    except msgspec.DecodeError as error:
        raise PolicyError("policy", str(error)) from error
    return _judge(policy, _Seen(policy, observations))


class _Seen:
    """The observations, and the rates that version 1 made of them."""

    def __init__(self, policy: _Policy, numbers: Mapping[str, float]) -> None:
        self.policy, self.numbers = policy, numbers

    def get(self, name: str) -> float | None:
        return self.numbers.get(name)

    def count(self, name: str) -> float:
        return self.numbers.get(name, 0.0)

    def asked(self, prefix: str = "") -> list[float] | None:
        found = [self.numbers[prefix + name] for name in _ASKED if prefix + name in self.numbers]
        return found if len(found) == len(_ASKED) else None

    def fallback(self, prefix: str = "") -> float | None:
        counts = self.asked(prefix)
        if counts is None or not (total := sum(counts)):
            return None
        if self.policy.fallback_counts == "all":
            return (total - counts[0]) / total
        return max(0.0, counts[1] / total - self.count("expected_fallback")) + sum(counts[2:]) / total

    def ratio(self, part: str, whole: str) -> float | None:
        one, other = self.get(part), self.get(whole)
        return None if one is None or not other else one / other

    def disagreement(self) -> float | None:
        agree, disagree = self.get("agree"), self.get("disagree")
        return None if agree is None or disagree is None or not agree + disagree else disagree / (agree + disagree)

    def errors(self) -> float | None:
        error, failed, seen = map(self.get, ("recent_error", "recent_scoring_failed", "recent_transactions"))
        return None if error is None or failed is None or not seen else (failed + error) / seen

    def signs(self) -> Signs | None:
        own = [self.get(name) for name in ("better", "worse", "alike")]
        if None in own:
            return None
        counts = [one or 0.0 for one in own]
        if self.policy.labels == "any":
            counts = [one + self.count(f"anchored_{n}") for one, n in zip(counts, Signs._fields, strict=True)]
        return Signs(*(round(count) for count in counts))

    def lean(self, arm: str) -> tuple[float, float] | None:
        """Return how many users lean one way, and the share of those that lean to the good."""
        pleased, displeased = self.get(f"{arm}_pleased"), self.get(f"{arm}_displeased")
        if pleased is None or displeased is None:
            return None
        heard = pleased + displeased
        return heard, pleased / heard if heard else 0.0


def _judge(policy: _Policy, seen: _Seen) -> Outcome:
    percent = seen.numbers.get("percent", 0.0)
    if not seen.numbers.get("has_model"):
        return Outcome(Verdict.HOLD, None)
    if percent > 0 and _is_taken_back(policy, seen):
        return Outcome(Verdict.ROLLBACK, 0.0)
    step = next((step for step in policy.steps if step.start == percent), None)
    if seen.numbers.get("latched") or step is None:
        return Outcome(Verdict.HOLD, None)
    found = list(_conditions(policy, step, seen, percent))
    if False in found:
        return Outcome(Verdict.HOLD, None)
    return Outcome(Verdict.INCONCLUSIVE, None) if None in found else Outcome(Verdict.PROMOTE, step.to)


def _is_taken_back(policy: _Policy, seen: _Seen) -> bool:
    bars, minimum = policy.rollback, policy.minimum
    recent, asked = seen.asked("recent_"), seen.asked()
    fallback = None
    if recent is not None and sum(recent) >= minimum.recent_answers:
        fallback = seen.fallback("recent_")
    elif asked is not None and sum(asked) >= minimum.transactions:
        fallback = seen.fallback()
    p95 = seen.get("p95_seconds") if seen.count("recent_latencies") >= minimum.recent else None
    errors = seen.errors() if seen.count("recent_transactions") >= minimum.recent else None
    complaints = seen.ratio("complaints", "served") if seen.count("served") >= minimum.transactions else None
    for value, bar, before, looks in (
        (fallback, bars.fallback, "bad_fallback", bars.looks),
        (p95, bars.p95_seconds, "bad_latency", bars.looks_fast),
        (errors, bars.errors, "bad_errors", bars.looks_fast),
        (complaints, bars.complaints, "bad_complaints", bars.looks),
    ):
        if value is not None and value > bar and seen.count(before) + 1 >= looks:
            return True
    signs = seen.signs()
    return signs is not None and e_worse(signs.better, signs.worse) >= 1 / policy.alpha


def _conditions(policy: _Policy, step: _Step, seen: _Seen, percent: float) -> Iterator[bool | None]:
    """Yield of each condition whether it holds; None is unknown."""
    minimum, asked, signs = policy.minimum, seen.asked(), seen.signs()
    yield True if asked is not None and sum(asked) >= minimum.transactions else None
    yield True if seen.count("recent_transactions") >= minimum.recent else None
    if minimum.users:
        yield True if seen.count("users") >= minimum.users else None
    yield _below(seen.fallback(), step.fallback)
    differs = _below(seen.disagreement(), step.disagreement)
    waived = signs is not None and e_better(signs.better, signs.worse) >= 1 / policy.alpha
    yield True if waived else differs
    yield _below(
        seen.get("p95_seconds") if seen.count("recent_latencies") >= minimum.recent else None, step.p95_seconds
    )
    yield _below(seen.errors(), step.errors)
    if step.stable_days:
        yield seen.count("stable_seconds") / _DAY >= step.stable_days
    if 0 < percent < 100 and minimum.users:
        canary, users = seen.get("canary_users"), seen.get("arm_users")
        yield (
            None
            if canary is None or users is None
            else (sample_ratio_p(round(canary), round(users), share=percent / 100) >= policy.sample_ratio_alpha)
        )
    if policy.freshness == "required":
        yield _below(seen.get("stale_sources"), 1)
    if step.paired != "not asked":
        yield True if signs is not None and _paired(policy, step, signs) >= 1 / policy.alpha else None
    if step.feedback != "not asked":
        yield _feedback(policy, step, seen)


def _below(value: float | None, bar: float) -> bool | None:
    return None if value is None else value < bar


def _paired(policy: _Policy, step: _Step, signs: Signs) -> float:
    if step.paired == "better":
        return e_better(signs.better, signs.worse)
    return e_not_inferior(signs, margin=policy.margin)


def _feedback(policy: _Policy, step: _Step, seen: _Seen) -> bool | None:
    canary, control, least = seen.lean("canary"), seen.lean("control"), policy.minimum.feedback
    if canary is None or canary[0] < least:
        return None
    if step.feedback == "not negative":
        return canary[1] >= 0.5
    if control is None or control[0] < least:
        return None
    return canary[1] >= control[1] - policy.feedback_margin
