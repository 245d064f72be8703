"""Checked change: holds a larger share against the policy, and prints the criteria that do not hold."""

from collections.abc import Callable

import typer

from ops.rollout.evaluate import Look
from ops.rollout.promotion_check import CriteriaNotHeldError, require_criteria
from schemas.events.rollout import RolloutRecord
from scorer.rollout.policy import Policy
from streams.rollout.change import Change


def checked_change(
    change: Change,
    last: RolloutRecord,
    proposed: RolloutRecord,
    policy: Policy,
    look: Callable[[], Look],
    *,
    override: str | None,
    as_json: bool,
) -> Change:
    """Return the change with its evidence; print the criteria that do not hold before they refuse it."""
    try:
        return require_criteria(change, last, proposed, policy=policy, look=look, override=override)
    except CriteriaNotHeldError as refused:
        for line in () if as_json else (*refused.criteria, *refused.faults):
            typer.echo(f"  {line}")
        raise
