"""Recheck: every verdict computed again from its own evidence, by the policy that it was reached by."""

from collections.abc import Iterable, Sequence

import msgspec

from ops.errors import OpsError
from ops.judge.journal import Entry
from ops.judge.policies import load_policy
from schemas.rollout import Evidence, RolloutRecord, Verdict
from scorer.errors import ScorerError
from scorer.judge import judge
from scorer.policy import parse_policy
from scorer.standing import Standing


def verdict_faults(records: Sequence[RolloutRecord]) -> list[str]:
    """Return which records' verdicts are not what their own evidence gives, or lead elsewhere than it says."""
    faults = []
    for before, record in zip((None, *records), records, strict=False):
        if record.verdict is None:
            continue
        name = f"version {record.version}"
        if record.evidence is None:
            faults.append(f"{name} says {record.verdict} without evidence")
            continue
        fault = _fault(name, record.verdict, record.evidence, percent=record.basis_points / 100)
        judged = record.evidence.observations.get("percent")
        if fault is None and before is not None and judged != before.basis_points / 100:
            fault = f"{name} was judged at {judged} %, the record before it is at {before.percent} %"
        faults += [] if fault is None else [fault]
    return faults


def entry_faults(entries: Iterable[Entry]) -> list[str]:
    """Return which lines of a journal hold a verdict that is not what their evidence gives."""
    found = (_fault(f"line {n}", one.verdict, one.evidence, percent=None) for n, one in enumerate(entries, start=1))
    return [fault for fault in found if fault is not None]


def _fault(name: str, verdict: Verdict, evidence: Evidence, *, percent: float | None) -> str | None:
    try:
        policy = load_policy(evidence.policy) if evidence.terms is None else parse_policy(evidence.terms)
        again = judge(policy, Standing.from_numbers(evidence.observations))
    except (OpsError, ScorerError, msgspec.ValidationError) as error:
        return f"{name} cannot be computed again: {error}"
    if again.verdict is not verdict:
        return f"{name} says {verdict}, its evidence says {again.verdict}"
    if percent is not None and again.percent != percent:
        return f"{name} leads to {percent:g} %, its evidence to {again.percent} %"
    return None
