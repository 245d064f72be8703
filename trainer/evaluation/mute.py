"""Mute: take out of reach what the gate keeps silent, and find what it could not judge and nothing proves."""

from collections.abc import Collection

import msgspec

from schemas.taxonomy import CATEGORIES, Category
from scorer.model.thresholds import MUTED, Threshold, Thresholds
from scorer.release.manifest import Gate


def unproven(thresholds: Thresholds, judged: Collection[str]) -> tuple[str, ...]:
    """Return the categories that were not judged and whose threshold no lower bound of precision proves."""
    bars = thresholds.by_category
    return tuple(
        category.value
        for category in CATEGORIES
        if category.value not in judged and (category not in bars or bars[category].bound is None)
    )


def mute(thresholds: Thresholds, gate: Gate) -> Thresholds:
    """Return the thresholds with what the gate keeps silent out of reach.

    A category that was not judged answers merchants without a history only where a bound proves their own threshold.
    """
    bars = dict(thresholds.by_category)
    for category in map(Category, gate.muted):
        if category not in bars or bars[category].value < MUTED:
            bars[category] = Threshold(value=MUTED, note="muted by the gate")
    unknown = thresholds.unknown
    if gate.may_serve and (unknown is None or unknown.bound is None):
        for category, bar in bars.items():
            if category.value not in gate.judged and bar.unknown is not None:
                bars[category] = msgspec.structs.replace(bar, unknown=MUTED)
    return msgspec.structs.replace(thresholds, by_category=bars)
