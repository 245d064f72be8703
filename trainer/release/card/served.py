"""Served: the thresholds of a refitted model, which are others than those that the gate judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.taxonomy import CATEGORIES
from trainer.release.card.content import Table, threshold_words

if TYPE_CHECKING:
    from scorer.model.thresholds import Threshold
    from trainer.fit.trained import Trained


def served_thresholds(trained: Trained) -> list[Table]:
    """Return the table of the thresholds that are served, none where the judged model is."""
    if trained.refitted is None:
        return []
    by_category = trained.refitted.thresholds.by_category
    rows = tuple(
        (category.value, *_evidence(by_category[category])) for category in CATEGORIES if category in by_category
    )
    note = (
        "The refitted model has learned every row, so its thresholds come from the scores that the judged model gave "
        "to the calibration fold and the gate fold. Precision is that of the answers above the threshold among these "
        "rows, the bound its lower bound."
    )
    header = ("category", "threshold", "precision", "bound", "rows", "merchants")
    return [Table("Thresholds that are served", note, header, rows)]


def _evidence(threshold: Threshold) -> tuple[str, ...]:
    shares = ("none" if share is None else f"{share:.3f}" for share in (threshold.precision, threshold.bound))
    return (threshold_words(threshold), *shares, f"{threshold.rows:,}", f"{threshold.merchants:,}")
