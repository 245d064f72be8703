"""Judge: what the rollout's numbers allow, by a policy; pure, so that every verdict can be computed again.

A rollback needs as many bad looks in a row as the policy says; a promotion needs every bar to hold; a number that is
missing, or of too small a sample, never promotes.
"""

from typing import NamedTuple

from schemas.events.rollout import Verdict
from scorer.rollout.criteria import Condition, Holds, conditions
from scorer.rollout.metrics import Standing
from scorer.rollout.policy import Policy
from scorer.rollout.rollback_rules import reasons_to_take_back


class Judgement(NamedTuple):
    """The verdict, the share that it leads to (None: no change), why, and each bar of the step that was looked at."""

    verdict: Verdict
    percent: float | None
    reasons: tuple[str, ...]
    conditions: tuple[Condition, ...]


def judge(policy: Policy, standing: Standing) -> Judgement:
    """Return what the policy says of a standing."""
    if not standing.has_model:
        return Judgement(Verdict.HOLD, None, ("the canary has no model",), ())
    step = policy.step_from(standing.percent)
    found = () if step is None else tuple(conditions(policy, step, standing))
    if standing.percent > 0:
        bad = tuple(reasons_to_take_back(policy, standing))
        if bad:
            return Judgement(Verdict.ROLLBACK, 0.0, bad, found)
    if standing.latched:
        return Judgement(Verdict.HOLD, None, ("it was rolled back: a person lets it out again",), found)
    if step is None:
        return Judgement(Verdict.HOLD, None, (f"no step leads on from {standing.percent:g} %",), ())
    unknown = tuple(str(one) for one in found if one.holds is Holds.UNKNOWN)
    failed = tuple(str(one) for one in found if one.holds is Holds.NO)
    if failed:
        return Judgement(Verdict.HOLD, None, failed + unknown, found)
    if unknown:
        return Judgement(Verdict.INCONCLUSIVE, None, unknown, found)
    return Judgement(Verdict.PROMOTE, step.to, tuple(map(str, found)), found)
