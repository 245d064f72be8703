"""Promotion check: who wants to serve a canary to more users is shown the criteria that do not hold, and says why to go
on."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import msgspec

from ops.errors import OpsError
from ops.rollout.decision_log import evidence_of
from ops.rollout.evaluate import Look
from schemas.events.rollout import RolloutRecord
from scorer.rollout.criteria import Holds, conditions
from scorer.rollout.metrics import Standing
from scorer.rollout.policy import Policy
from scorer.rollout.rollback_rules import reasons_to_take_back
from streams.rollout.change import Change


class CriteriaNotHeldError(OpsError):
    """Criteria of the policy do not hold, and nobody said why to go on.

    ``criteria`` are they, ``faults`` who could not be asked, a line each.
    """

    exit_code = 10

    def __init__(self, criteria: list[str], *, percent: float, faults: tuple[str, ...]) -> None:
        self.criteria, self.faults = criteria, faults
        unmeasured = any("not measured" in one for one in criteria)
        measure = "name who measures (--prometheus or --worker, and --dsn), or " if unmeasured else ""
        super().__init__(
            f"nothing was written: criteria for {percent:g} % do not hold ({', '.join(_names(criteria))});"
            f' {measure}say why to go on all the same: --override "<why>"'
        )


def _names(criteria: list[str]) -> list[str]:
    """Return each criterion's name once, without the step before it and the value behind it."""
    return list(dict.fromkeys(one.partition(": ")[2].partition(" ")[0] or one.partition(" ")[0] for one in criteria))


def criteria_not_held(policy: Policy, standing: Standing, *, to: float) -> Iterator[str]:
    """Yield what stands against serving ``to`` percent: the criteria of every step that lies on the way.

    What was not measured does not hold either.
    """
    if standing.percent > 0:
        yield from reasons_to_take_back(policy, standing)
    for step in policy.steps:
        if step.to > standing.percent and step.start < to:
            for one in conditions(policy, step, standing):
                if one.holds in (Holds.NO, Holds.UNKNOWN):
                    yield f"{step.start:g} → {step.to:g} %: {one}"


def require_criteria(
    change: Change,
    last: RolloutRecord,
    proposed: RolloutRecord,
    *,
    policy: Policy,
    look: Callable[[], Look],
    override: str | None,
) -> Change:
    """Return the change with what was seen as its evidence; raises CriteriaNotHeldError.

    Only a move upward of a canary with a model is asked: ``look`` is not called for any other. A release that takes
    its place with the same record has shown nothing yet.
    """
    if proposed.basis_points <= last.basis_points or proposed.canary.model_version is None:
        return change
    if override is not None and not override.strip():
        raise OpsError("--override says why, in words that stand in the record")
    seen = look()
    if (proposed.canary, proposed.control) != (last.canary, last.control):
        seen = seen._replace(standing=Standing(percent=last.basis_points / 100, has_model=True))
    percent = proposed.basis_points / 100
    criteria = list(dict.fromkeys(criteria_not_held(policy, seen.standing, to=percent)))
    if criteria and override is None:
        raise CriteriaNotHeldError(criteria, percent=percent, faults=seen.faults)
    evidence = msgspec.structs.replace(
        evidence_of(policy, seen), reasons=criteria, override=override if criteria else None
    )
    return replace(change, evidence=evidence, expect_version=last.version)
