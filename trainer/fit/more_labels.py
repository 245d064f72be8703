"""More labels: what a bound that holds costs in coverage, and what more labels would buy back.

The same calibration fold is taken for a part of one that is so many times as large: as precise at each confidence, with
so many times as many merchants. Infinitely many of them take what was measured for proven.
"""

from collections.abc import Collection
from math import inf
from typing import Final, NamedTuple

import numpy as np

from schemas.taxonomy import CATEGORIES
from scorer.model.threshold_setting import MUTED
from scorer.model.thresholds import Thresholds
from trainer.evaluation.scored_fold import ScoredFold
from trainer.fit.held_rows import HeldRows

TIMES: Final = (1.0, 2.0, 4.0, inf)
LABELS: Final = ("as it is", "with twice the labels", "with four times the labels", "without a bound")


class MoreLabels(NamedTuple):
    """With ``times`` as many labels the model would answer the share ``coverage`` of the gate fold.

    ``precision`` is how often these answers are right there, None without one.
    """

    times: float
    coverage: float
    precision: float | None

    @property
    def name(self) -> str:
        """Return what was counted, in words."""
        return LABELS[TIMES.index(self.times)]


def foresee_labels(
    held: HeldRows, thresholds: Thresholds, fold: ScoredFold, *, fragments: float, muted: Collection[str]
) -> tuple[MoreLabels, ...]:
    """Return coverage and precision of a scored fold by how many labels the calibration fold ``held`` would have.

    ``thresholds`` are those in use. No threshold rises with more labels, and what the gate ``muted`` stays so.
    """
    best = fold.probabilities.argmax(axis=1)
    there = (np.arange(len(best)), best)
    right = best == fold.labels
    is_muted = np.array([category.value in muted for category in CATEGORIES])
    found, bars = [], thresholds.of_rows(fold.is_known, fold.evidence)
    for times in TIMES:
        if times > 1.0:
            chosen = held.choose_thresholds(
                fragments=fragments, target_precision=thresholds.wanted_precision, labels_times=times
            )
            bars = np.minimum(bars, chosen.of_rows(fold.is_known, fold.evidence))
        served = fold.probabilities[there] >= np.where(is_muted, MUTED, bars)[there]
        precision = float(right[served].mean()) if served.any() else None
        found.append(MoreLabels(times, float(served.mean()), precision))
    return tuple(found)
