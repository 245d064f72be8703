"""Paired: the signs of merchants, each stored when it was first counted; every evaluation reads on from the last one.

A sign is that of the merchant's first day with a settled label, as it was known when it was counted. What lands or is
corrected later turns no sign: a sum that could still turn would give chance another try at every evaluation.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from ops.rollout.evidence.paired_queries import CUT_OFFS, LANDED, LATE_PAIRS, MATURED_PAIRS, PAGE, PAGE_END, RULES
from ops.rollout.evidence.paired_store import KNOWN, MOVE, PROGRESS, STORE, STORED
from ops.rollout.evidence.session import MayOnlyReadError, Session
from ops.rollout.evidence.warehouse_answer import WarehouseAnswer
from schemas.text.descriptor import merchant_key, norm_desc
from scorer.rollout.metrics import Standing
from scorer.rollout.paired_outcomes import Pair, sign_days, worth

LABELS: Final = "labels"
PAGES: Final = 4  # that one evaluation reads where it is behind
DEMO_PREFIX: Final = "demo-"  # of users whose rows are no evidence, as in warehouse/dbt_project.yml
_FIELDS: Final = {1: "better", -1: "worse", 0: "alike"}


class Labelled(NamedTuple):
    """One labelled comparison: what each policy would have served, and when the label became evidence."""

    description: str
    label: str
    control: str | None
    canary: str | None
    settled_at: datetime
    is_anchored: bool  # it was given to an answer that was shown


class Sign(NamedTuple):
    """What one merchant's labels came to when they were first counted."""

    merchant: str
    is_anchored: bool
    sign: int
    settled_at: datetime


class Count(NamedTuple):
    """How many merchants have a sign, and when the first of them settled."""

    is_anchored: bool
    sign: int
    merchants: int
    settled_at: datetime


class PairedPage(NamedTuple):
    """How far one evaluation read, and what it found; ``is_behind`` where more is there than it may look at."""

    signs: list[Sign]
    matured_until: datetime
    next_mark: int
    is_behind: bool


def with_paired(standing: Standing, session: Session, asked: Mapping[str, object], *, now: datetime) -> WarehouseAnswer:
    """Read on, store what is new, and add the counts of all signs; raises OpsError where a query fails."""
    window = evidence_window(session, asked)
    if window is None:
        return WarehouseAnswer(_with_counts(standing, [], now=now), ())
    for _ in range(PAGES):
        step = _read(session, window)
        counts, is_stored = _stored(session, window, step)
        if not step.is_behind:
            return WarehouseAnswer(_with_counts(standing, counts, now=now), ())
        if not is_stored:
            break
    until = step.matured_until.isoformat(timespec="seconds")
    behind = f"labels are read up to {until}: each evaluation reads {PAGES * PAGE:,} comparisons further"
    return WarehouseAnswer(_with_counts(standing, counts, now=now), (behind,))


def evidence_window(session: Session, asked: Mapping[str, object]) -> dict[str, object] | None:
    """Return what evidence is asked by: releases, their cut-offs and the rules in force; None where none can be."""
    rules = session.rows(LABELS, RULES, asked)
    if not rules or asked["canary"] is None:
        return None
    window = dict(asked) | {"rules_version": rules[0][0], "page": PAGE, "demo_prefix": DEMO_PREFIX}
    return window | _cut_offs(session, asked)


def _cut_offs(session: Session, asked: Mapping[str, object]) -> dict[str, object]:
    """Return until when each release was trained, None where that is not known; rules were trained on nothing."""
    known: dict[object, str] = dict(session.rows(LABELS, CUT_OFFS, asked))
    control = asked["control"]
    return {
        "canary_cut_off": known.get(asked["canary"]),
        "control_cut_off": "-infinity" if control is None else known.get(control),
    }


def _read(session: Session, window: dict[str, object]) -> PairedPage:
    """Return what became evidence since the last evaluation: a page of matured comparisons, and what landed late."""
    ((next_mark, matured_until, mark),) = session.rows(LABELS, PROGRESS, window)
    since = window["evidence_since"]
    assert isinstance(since, datetime)
    late: tuple[str, ...] = LATE_PAIRS
    if matured_until is None:
        matured_until, late = since - timedelta(microseconds=1), ()
    else:
        landed = session.rows(LABELS, LANDED, window | {"landed_mark": mark})[0]
        if max(landed) >= PAGE:  # more than may be looked at: all of it is met again in the order of time
            matured_until, late = since - timedelta(microseconds=1), ()
    at = window | {"landed_mark": mark, "matured_until": matured_until}
    ((compared, last),) = session.rows(LABELS, PAGE_END, at)
    # A comparison that landed late with a late label is met twice.
    found = {row[0]: Labelled(*row[1:]) for query in (MATURED_PAIRS, *late) for row in session.rows(LABELS, query, at)}
    reached = last if compared >= PAGE else window["matured"]
    assert isinstance(reached, datetime)
    return PairedPage(list(signs_of(list(found.values()))), max(matured_until, reached), next_mark, compared >= PAGE)


def signs_of(labelled: Sequence[Labelled]) -> Iterable[Sign]:
    """Yield the sign of each merchant, of labels that are independent of what was shown and of those anchored by it."""
    for is_anchored in (False, True):
        chosen = [one for one in labelled if one.is_anchored is is_anchored]
        first: dict[str, datetime] = {}
        for one in chosen:
            key = merchant_of(one.description)
            first[key] = min(first.get(key, one.settled_at), one.settled_at)
        for merchant, (_, sign) in sign_days(map(pair_of, chosen)).items():
            yield Sign(merchant, is_anchored, sign, first[merchant])


def pair_of(one: Labelled) -> Pair:
    """Return one label as evidence; its day is UTC's."""
    return Pair(
        merchant=merchant_of(one.description),
        day=one.settled_at.astimezone(UTC).toordinal(),
        difference=worth(one.canary, one.label) - worth(one.control, one.label),
    )


@lru_cache(maxsize=1 << 16)
def merchant_of(description: str) -> str:
    """Return the key that all wordings of a merchant share."""
    return merchant_key(norm_desc(description))


def _stored(session: Session, window: Mapping[str, object], step: PairedPage) -> tuple[list[Count], bool]:
    """Store what is new; return all counts, and whether it was stored: who may only read adds it for this once."""
    asked = dict(window) | {
        "merchants": [one.merchant for one in step.signs],
        "anchored": [one.is_anchored for one in step.signs],
        "signs": [one.sign for one in step.signs],
        "settled": [one.settled_at for one in step.signs],
        "matured_until": step.matured_until,
        "next_mark": step.next_mark,
    }
    try:
        session.write(LABELS, [STORE, MOVE], asked)
    except MayOnlyReadError:
        known = {(str(merchant), bool(anchored)) for merchant, anchored in session.rows(LABELS, KNOWN, asked)}
        unstored = [one for one in step.signs if (one.merchant, one.is_anchored) not in known]
        new = [Count(one.is_anchored, one.sign, 1, one.settled_at) for one in unstored]
        return [*(Count(*row) for row in session.rows(LABELS, STORED, asked)), *new], False
    return [Count(*row) for row in session.rows(LABELS, STORED, asked)], True


def _with_counts(standing: Standing, counts: Iterable[Count], *, now: datetime) -> Standing:
    numbers = {prefix + name: 0.0 for prefix in ("", "anchored_") for name in _FIELDS.values()}
    first = now
    for one in counts:
        numbers[("anchored_" if one.is_anchored else "") + _FIELDS[one.sign]] += one.merchants
        first = min(first, one.settled_at)
    return msgspec.structs.replace(standing, **numbers, evidence_days=max(0.0, (now - first).total_seconds() / 86_400))
