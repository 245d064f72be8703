"""Audit: every verdict computed again from its own evidence, by the policy and definitions of its time."""

from collections.abc import Iterable, Sequence

import msgspec

from ops.rollout.decision_log import Entry
from schemas.events.rollout import Evidence, RolloutRecord, Verdict
from scorer.errors import ScorerError
from scorer.rollout.definitions import judge_again


def verdict_faults(records: Sequence[RolloutRecord]) -> list[str]:
    """Return which records' verdicts are not what their own evidence gives, or lead elsewhere than it says."""
    faults = []
    for before, record in zip((None, *records), records, strict=False):
        if record.verdict is None or record.is_foreign:  # its categories, which the judge saw, are not read here
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
        again = judge_again(evidence)
    except (ScorerError, msgspec.ValidationError) as error:
        return f"{name} cannot be computed again: {error}"
    if again.verdict is not verdict:
        return f"{name} says {verdict}, its evidence says {again.verdict}"
    if percent is not None and again.percent != percent:
        return f"{name} leads to {percent:g} %, its evidence to {again.percent} %"
    return None
