"""Criteria: the bars of a policy's step, each with the value beside it and what it came to."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from schemas.events.rollout import CriterionValue
from scorer.rollout.category_criteria import Failing, complained_of, imprecise, mute_command
from scorer.rollout.compute_rates import Asked
from scorer.rollout.metric_names import Rate
from scorer.rollout.metrics import Standing
from scorer.rollout.policy import Policy, Step
from scorer.rollout.rates import share
from scorer.rollout.sequential_test import e_better, e_not_inferior, sample_ratio_p
from scorer.rollout.user_criterion import Criterion, Direction

_DAY: Final = 86_400.0


class Holds(StrEnum):
    """What one condition came to."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    WAIVED = "waived"


class Condition(NamedTuple):
    """One bar and the value beside it; ``wants`` says on which side of the bar the value must be.

    ``name`` is a ``Rate``, or that of a criterion of the policy; ``bar`` is None where its baseline was not measured.
    """

    name: str
    value: float | None
    bar: float | None
    holds: Holds
    wants: str
    note: str = ""

    def __str__(self) -> str:
        """As a line of a report."""
        value = "not measured" if self.value is None else f"{self.value:.4g}"
        bar = "not measured" if self.bar is None else f"{self.bar:g}"
        note = f": {self.note}" if self.note else ""
        return f"{self.name} {value} (bar {self.wants} {bar}){note}"


def conditions(policy: Policy, step: Step, standing: Standing) -> Iterator[Condition]:
    """Yield every condition of a step; what rests on too small a sample is unknown."""
    minimum = policy.minimum
    asked = standing.asked
    yield at_least(Rate.ANSWERS, None if asked is None else asked.total, minimum.transactions, small=Holds.UNKNOWN)
    yield at_least(Rate.RECENT, standing.recent_transactions, minimum.recent, small=Holds.UNKNOWN)
    if minimum.users:
        yield at_least(Rate.USERS, standing.users, minimum.users, small=Holds.UNKNOWN)
    if step.fallback is not None:
        yield _of_enough(below(Rate.FALLBACK, standing.fallback(), step.fallback), asked, minimum.transactions)
    if step.excess_fallback is not None:
        excess = below(Rate.EXCESS_FALLBACK, standing.excess_fallback(), step.excess_fallback)
        yield _of_enough(excess, asked, minimum.transactions)
    yield _disagreement(policy, step, standing)
    p95 = standing.p95_seconds if (standing.recent_latencies or 0) >= minimum.recent else None
    yield below(Rate.P95, p95, step.p95_seconds)
    yield _of_enough(below(Rate.ERRORS, standing.errors, step.errors), asked, minimum.transactions)
    # A fault of the last minutes is little of a day: where the short window alone says rollback, nothing promotes.
    recent = below(Rate.RECENT_ERRORS, standing.recent_errors, policy.rollback.errors)
    yield _of_enough(recent, standing.recently_asked, minimum.recent_answers)
    yield below(Rate.SCORING_FAILURES, standing.scoring_failures, step.scoring_failures)
    if step.stable_days:
        yield at_least(Rate.STABLE, standing.stable_seconds / _DAY, step.stable_days, small=Holds.NO)
    if 0 < standing.percent < 100 and minimum.users:
        yield _sample_ratio(policy, standing)
    if policy.freshness == "required":
        yield below(Rate.STALE, standing.stale_sources, 1)
        if policy.mart_age_seconds is not None:
            yield below(Rate.MART_AGE, standing.mart_age_seconds, policy.mart_age_seconds)
    yield from _paired(policy, step, standing)
    yield from _feedback(policy, step, standing)
    yield from _categories(policy, standing)
    for criterion in policy.criteria:
        yield _criterion(criterion, standing.criteria.get(criterion.name, CriterionValue()))


def below(name: Rate, value: float | None, bar: float) -> Condition:
    """Return the condition that a value lies below its bar."""
    holds = Holds.UNKNOWN if value is None else Holds.YES if value < bar else Holds.NO
    return Condition(name, value, bar, holds, "<")


def _of_enough(found: Condition, asked: Asked | None, least: float) -> Condition:
    """Return the condition, unknown where it fails on fewer answers than it may be judged on."""
    few = asked is None or asked.total < least
    return found._replace(holds=Holds.UNKNOWN) if few and found.holds is Holds.NO else found


def at_least(name: Rate, value: float | None, bar: float, *, small: Holds) -> Condition:
    """Return the condition that a value reaches its bar; ``small`` is what it comes to where it does not."""
    holds = Holds.UNKNOWN if value is None else Holds.YES if value >= bar else small
    return Condition(name, value, bar, holds, ">=")


def _disagreement(policy: Policy, step: Step, standing: Standing) -> Condition:
    """Agreement with the rules is no goal: where labels show the model right, it may differ, and that is written."""
    found = below(Rate.DISAGREEMENT, standing.disagreement, step.disagreement)
    signs = standing.signs(policy)
    if found.holds is Holds.YES or signs is None or (e_value := e_better(signs.better, signs.worse)) < policy.e_bar:
        return found
    note = f"waived, labels say that the canary is better (e-value {e_value:.4g})"
    return found._replace(holds=Holds.WAIVED, note=note)


def _sample_ratio(policy: Policy, standing: Standing) -> Condition:
    canary, users = standing.canary_users, standing.arm_users
    p_value = None
    if canary is not None and users is not None:
        p_value = sample_ratio_p(round(canary), round(users), share=standing.percent / 100)
    return at_least(Rate.SAMPLE_RATIO, p_value, policy.sample_ratio_alpha, small=Holds.NO)


def _paired(policy: Policy, step: Step, standing: Standing) -> Iterator[Condition]:
    signs = standing.signs(policy)
    asked, margin = policy.paired(step, has_champion=standing.has_champion)
    if asked == "better":
        value = None if signs is None else e_better(signs.better, signs.worse)
        yield at_least(Rate.E_BETTER, value, policy.e_bar, small=Holds.UNKNOWN)
    elif asked == "not worse":
        value = None if signs is None else e_not_inferior(signs, margin=margin)
        yield at_least(Rate.E_NOT_WORSE, value, policy.e_bar, small=Holds.UNKNOWN)


def _feedback(policy: Policy, step: Step, standing: Standing) -> Iterator[Condition]:
    """A user is one voice however often they speak; no feedback is never an accept."""
    if step.feedback == "not asked":
        return
    canary = _lean(standing.canary_pleased, standing.canary_displeased)
    control = _lean(standing.control_pleased, standing.control_displeased)
    asked = canary if step.feedback == "not negative" else _fewer(canary, control)
    heard = None if asked is None else asked[0]
    yield at_least(Rate.FEEDBACK_USERS, heard, policy.minimum.feedback, small=Holds.UNKNOWN)
    if canary is None or heard is None or heard < policy.minimum.feedback:
        return
    if step.feedback == "not negative":
        yield at_least(Rate.FEEDBACK, canary[1], 0.5, small=Holds.NO)
    elif control is not None:
        least = (control[1] or 0.0) - policy.feedback_margin
        yield at_least(Rate.FEEDBACK, canary[1], least, small=Holds.NO)


_Lean = tuple[float, float | None]


def _lean(pleased: float | None, displeased: float | None) -> _Lean | None:
    """Return how many users lean one way, and the share of those that lean to the good."""
    if pleased is None or displeased is None:
        return None
    return pleased + displeased, share(pleased, pleased + displeased)


def _fewer(one: _Lean | None, other: _Lean | None) -> _Lean | None:
    return None if one is None or other is None else min(one, other, key=lambda lean: lean[0])


def _categories(policy: Policy, standing: Standing) -> Iterator[Condition]:
    """How many categories were shown to be beyond their limit: none may be."""
    limits, seen = policy.categories, standing.categories
    if limits is None:
        return
    complained = None if seen is None else complained_of(seen, limit=limits.complaints, alpha=policy.alpha)
    yield _none_of(Rate.CATEGORY_COMPLAINTS, complained, f"limit {limits.complaints:g} complained of")
    wrong = None if seen is None else imprecise(seen, least=limits.precision, alpha=policy.alpha)
    yield _none_of(Rate.CATEGORY_PRECISION, wrong, f"limit {1 - limits.precision:g} wrong")


def _none_of(name: Rate, failing: list[Failing] | None, limit: str) -> Condition:
    found = below(name, None if failing is None else len(failing), 1)
    if not failing:
        return found
    return found._replace(note=f"{', '.join(map(str, failing))} ({limit}); mute: {mute_command(failing)}")


def _criterion(criterion: Criterion, found: CriterionValue) -> Condition:
    """Return a criterion of the policy's own; what was not measured, or of too small a sample, is unknown."""
    limit = criterion.limit_beside(found.baseline)
    wants = "<" if criterion.direction is Direction.BELOW else ">"
    unknown = Condition(criterion.name, found.value, limit, Holds.UNKNOWN, wants)
    if found.value is None:
        return unknown
    if limit is None:
        return unknown._replace(note="its baseline was not measured")
    if criterion.minimum_sample and (found.sample is None or found.sample < criterion.minimum_sample):
        sample = "not measured" if found.sample is None else f"{found.sample:g}"
        return unknown._replace(note=f"its sample is {sample}, {criterion.minimum_sample} are needed")
    holds = found.value < limit if criterion.direction is Direction.BELOW else found.value > limit
    return unknown._replace(holds=Holds.YES if holds else Holds.NO)
