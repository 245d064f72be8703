"""Curves: how precision, coverage and calibration run along the confidence, with intervals that know the merchants."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.events.candidate import Band, band
from trainer.evaluation.evaluate import reliability_of
from trainer.evaluation.merchants import design_effect
from trainer.evaluation.scored_fold import ScoredFold

POINTS: Final = 40
THRESHOLDS: Final = tuple(round(0.3 + step * 0.05, 2) for step in range(14))  # of a threshold curve
_Z: Final = 1.959964  # of 95 %, two-sided


@dataclass(frozen=True, slots=True)
class Share:
    """A share of ``rows`` rows with its 95 % interval; None where there is no row."""

    value: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True, slots=True)
class BandReport:
    """How often the answers of one band were right: all of them, and those that would have been served."""

    band: Band
    all: Share | None
    served: Share | None


def wilson(share: float, rows: float) -> tuple[float, float]:
    """Return the 95 % interval of a share of ``rows`` independent rows (Wilson, 1927)."""
    if rows <= 0:
        return 0.0, 1.0
    middle = share + _Z * _Z / (2 * rows)
    width = _Z * sqrt(share * (1 - share) / rows + _Z * _Z / (4 * rows * rows))
    scale = 1 + _Z * _Z / rows
    return max(0.0, (middle - width) / scale), min(1.0, (middle + width) / scale)


def share_of(right: npt.NDArray[np.bool_], keys: Sequence[str]) -> Share | None:
    """Return the share of rows that are right; rows of one merchant count as fewer, by their design effect."""
    if not right.size:
        return None
    value = float(right.mean())
    low, high = wilson(value, right.size / design_effect(right, keys))
    return Share(value, low, high, int(right.size))


def bands(fold: ScoredFold, thresholds: npt.NDArray[np.float64]) -> tuple[BandReport, ...]:
    """Return the measured precision of each band, the surest first; ``thresholds`` are [rows, categories]."""
    names = np.array([band(value).value for value in fold.confidence], dtype=np.str_)
    best = fold.best
    served = fold.confidence >= thresholds[np.arange(len(best)), best]
    return tuple(
        BandReport(name, _share(fold, names == name.value), _share(fold, (names == name.value) & served))
        for name in Band
    )


def precision_of(fold: ScoredFold, category: int) -> Share | None:
    """Return how often the answers that name a category are right."""
    return _share(fold, fold.best == category)


def recall_of(fold: ScoredFold, category: int) -> Share | None:
    """Return how often the rows of a category are given it."""
    return _share(fold, fold.labels == category)


def risk_coverage(fold: ScoredFold) -> tuple[tuple[float, float], ...]:
    """Return (share of rows answered, share of those that are wrong) from the surest rows to all of them."""
    order = np.argsort(-fold.confidence, kind="stable")
    wrong = np.cumsum(~fold.is_correct[order])
    count = len(order)
    ends = np.unique(np.linspace(1, count, min(POINTS, count)).astype(np.int64))
    return tuple((float(end / count), float(wrong[end - 1] / end)) for end in ends.tolist())


def threshold_curve(fold: ScoredFold, category: int) -> tuple[tuple[float, float, float | None], ...]:
    """Return (threshold, share of the category's answers kept, their precision) along these thresholds."""
    named = fold.best == category
    confidence, right = fold.confidence[named], fold.is_correct[named]
    found = []
    for value in THRESHOLDS:
        kept = confidence >= value
        share = float(kept.mean()) if kept.size else 0.0
        found.append((value, share, float(right[kept].mean()) if kept.any() else None))
    return tuple(found)


def class_reliability(fold: ScoredFold, category: int) -> tuple[tuple[float, float, float, float], ...]:
    """Return (confidence, share of truth, gap, share of rows) of one category's probability over bins."""
    return tuple(reliability_of(fold.probabilities[:, category], fold.labels == category))


def _share(fold: ScoredFold, kept: npt.NDArray[np.bool_]) -> Share | None:
    places = np.flatnonzero(kept)
    return share_of(fold.is_correct[places], [fold.keys[place] for place in places.tolist()])
