"""Mute: raises the thresholds of what the gate mutes, and finds what it could not judge and no bound proves."""

from collections.abc import Collection

import msgspec

from schemas.taxonomy import CATEGORIES, Category
from scorer.model.threshold_setting import MUTED
from scorer.model.thresholds import Threshold, Thresholds
from scorer.release.manifest import Gate


def unproven(thresholds: Thresholds, judged: Collection[str]) -> tuple[str, ...]:
    """Return the categories that were not judged and whose threshold no lower bound of precision proves."""
    by_category = thresholds.by_category
    return tuple(
        category.value
        for category in CATEGORIES
        if category.value not in judged and (category not in by_category or by_category[category].bound is None)
    )


def mute(thresholds: Thresholds, gate: Gate) -> Thresholds:
    """Return the thresholds with what the gate mutes out of reach.

    A category that was not judged answers merchants without a history only where a bound proves their own threshold.
    """
    by_category = dict(thresholds.by_category)
    for category in map(Category, gate.muted):
        if category not in by_category or by_category[category].value < MUTED:
            by_category[category] = Threshold(value=MUTED, note="muted by the gate")
    unknown = thresholds.unknown
    if gate.may_serve and (unknown is None or unknown.bound is None):
        for category, threshold in by_category.items():
            if category.value not in gate.judged and threshold.unknown is not None:
                by_category[category] = msgspec.structs.replace(threshold, unknown=MUTED)
    return msgspec.structs.replace(thresholds, by_category=by_category)
