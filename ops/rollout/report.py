"""Report: a look on one screen: stage, value beside bar, evidence, forecast, and what would happen next."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from ops.rollout.evaluate import Look, day
from schemas.events.rollout import Verdict
from scorer.rollout.paired_outcomes import Signs
from scorer.rollout.policy import Policy
from scorer.rollout.sequential_test import (
    difference_interval,
    e_better,
    e_not_inferior,
    e_worse,
    mcnemar_p,
    win_share_interval,
)


class ConditionRow(Struct, frozen=True):
    """A condition as it is printed."""

    name: str
    value: float | None
    wants: str
    bar: float | None
    holds: str
    note: str


class Labels(Struct, frozen=True, kw_only=True):
    """What settled labels say; p and intervals are for a fixed number of merchants, e-values for any look."""

    better: int
    worse: int
    alike: int
    anchored: int
    e_better: float
    e_worse: float
    e_not_worse: float
    enough: float
    mcnemar_p: float
    win_share: tuple[float, float]
    difference: tuple[float, float]
    not_before: str | None
    expected: str | None


class Screen(Struct, frozen=True, kw_only=True):
    """Everything that a look shows."""

    policy: str
    verdict: Verdict
    percent: float | None
    reasons: tuple[str, ...]
    conditions: tuple[ConditionRow, ...]
    labels: Labels | None
    faults: tuple[str, ...]
    next: str
    observations: dict[str, float]
    written: int | None


def draw(policy: Policy, look: Look, *, now: datetime, written: int | None = None) -> Screen:
    """Return a look as it is shown; ``written`` is the version of the record that it led to."""
    return Screen(
        policy=policy.name,
        verdict=look.judgement.verdict,
        percent=look.judgement.percent,
        reasons=look.judgement.reasons,
        conditions=tuple(
            ConditionRow(str(one.name), one.value, one.wants, one.bar, one.holds.value, one.note)
            for one in look.judgement.conditions
        ),
        labels=_labels(policy, look, now),
        faults=look.faults,
        next=_next(policy, look),
        observations=look.standing.to_numbers(),
        written=written,
    )


def lines(screen: Screen) -> Iterator[str]:
    """Yield the screen as text."""
    at = screen.observations["percent"]
    yield f"{screen.verdict} by policy {screen.policy}, at {at:g} %"
    for reason in screen.reasons if not screen.conditions or screen.verdict is not Verdict.PROMOTE else ():
        yield f"  {reason}"
    for bar in screen.conditions:
        value = "not measured" if bar.value is None else f"{bar.value:.4g}"
        limit = "not measured" if bar.bar is None else f"{bar.bar:g}"
        yield f"  {bar.holds:>7}  {bar.name:20} {value:>12}  {bar.wants} {limit}  {bar.note}".rstrip()
    if screen.labels is not None:
        yield from _label_lines(screen.labels)
    for fault in screen.faults:
        yield f"  not asked: {fault}"
    yield f"  next: {screen.next}"
    if screen.written is not None:
        yield f"written: version {screen.written}, {screen.percent:g} %"


def _label_lines(labels: Labels) -> Iterator[str]:
    low, high = labels.difference
    yield (
        f"  labels   {labels.better} merchants better, {labels.worse} worse, {labels.alike} alike"
        f" ({labels.anchored} more by labels given to a shown answer)"
    )
    yield (
        f"           e-values: better {labels.e_better:.3g}, worse {labels.e_worse:.3g}, not worse"
        f" {labels.e_not_worse:.3g}; {labels.enough:g} is enough"
    )
    once = "if this were the only look"
    yield f"           {once}: difference {low:+.3f} to {high:+.3f}, McNemar p {labels.mcnemar_p:.3g}"
    if labels.not_before is not None:
        expected = labels.expected or "not within ten years"
        yield f"  forecast cannot decide before {labels.not_before} at this label rate; as it goes: {expected}"


def _labels(policy: Policy, look: Look, now: datetime) -> Labels | None:
    standing = look.standing
    signs = standing.signs(policy)
    if signs is None:
        return None
    anchored = (standing.anchored_better, standing.anchored_worse, standing.anchored_alike)
    better, worse, _ = signs
    ahead = look.forecast
    return Labels(
        better=better,
        worse=worse,
        alike=signs.alike,
        anchored=0 if policy.labels == "any" else round(sum(one or 0 for one in anchored)),
        e_better=e_better(better, worse),
        e_worse=e_worse(better, worse),
        e_not_worse=e_not_inferior(
            Signs(*signs), margin=policy.margin_champion if standing.has_champion else policy.margin
        ),
        enough=policy.e_bar,
        mcnemar_p=mcnemar_p(better, worse),
        win_share=win_share_interval(better, worse),
        difference=difference_interval(signs),
        not_before=None if ahead is None else day(now, ahead.earliest),
        expected=None if ahead is None else day(now, ahead.expected),
    )


def _next(policy: Policy, look: Look) -> str:
    verdict, percent, _, _ = look.judgement
    if look.record is None:
        return "nothing, until the rollout record can be read"
    if percent is not None:
        return f"with --apply, version {look.record.version + 1} at {percent:g} %"
    step = policy.step_from(look.standing.percent)
    if look.standing.latched:
        return "nothing, until a person says: ledgermind rollout advance --reason …"
    if step is None or not look.standing.has_model:
        return "nothing leads on from here"
    waits = "more is seen" if verdict is Verdict.INCONCLUSIVE else "every bar holds"
    return f"{step.start:g} → {step.to:g} %, once {waits}"
