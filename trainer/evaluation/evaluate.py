"""Evaluate: accuracy, calibration and coverage of a model, on the slices that matter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from trainer.dataset.table import TrainingTable
from trainer.evaluation.category_report import CategoryReport, Intervals, report_category, scores
from trainer.evaluation.merchants import design_effect

RELIABILITY_BINS: Final = 15
_Shares = npt.NDArray[np.float64]
_Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice of a fold; shares are from 0 to 1, ``served_precision`` is None where nothing was served."""

    name: str
    rows: int
    macro_f1: float
    accuracy: float
    log_loss: float
    brier: float
    ece: float
    coverage: float
    served_precision: float | None
    design_effect: float
    categories: tuple[CategoryReport, ...]
    macro_f1_low: float = 0.0  # the 95 % interval over merchants, where it was asked for
    macro_f1_high: float = 1.0


def evaluate(name: str, shares: _Shares, labels: _Labels, keys: Sequence[str], thresholds: _Shares) -> Slice:
    """Return the report of calibrated probabilities against labels and thresholds, for at least one row.

    Probabilities and thresholds are float64 [rows, categories].
    """
    best = shares.argmax(axis=1)
    there = (np.arange(len(best)), best)
    right = best == labels
    served = shares[there] >= thresholds[there]
    effect = design_effect(right, keys)
    present = np.unique(labels).tolist()
    reports = tuple(report_category(category, best, labels, served, keys) for category in present)
    return Slice(
        name=name,
        rows=len(labels),
        macro_f1=macro_f1(best, labels),
        accuracy=float(right.mean()),
        log_loss=log_loss(shares, labels),
        brier=brier(shares, labels),
        ece=top_label_ece(shares, labels),
        coverage=float(served.mean()),
        served_precision=float(right[served].mean()) if served.any() else None,
        design_effect=effect,
        categories=reports,
    )


def with_intervals(slice_: Slice, found: Intervals) -> Slice:
    """Return the slice with the intervals of its rows, which do not depend on thresholds."""
    categories = (
        replace(report, f1_low=found.categories[report.category][0], f1_high=found.categories[report.category][1])
        for report in slice_.categories
    )
    low, high = found.macro_f1
    return replace(slice_, macro_f1_low=low, macro_f1_high=high, categories=tuple(categories))


def slices(shares: _Shares, fold: TrainingTable, train: TrainingTable, thresholds: _Shares) -> tuple[Slice, ...]:
    """Return the slices of a later fold: all, merchants never seen in training, first words never seen, its last part.

    The last part is the later half of the fold's time: where it falls behind the whole, the model ages.
    """
    known, known_words = set(train.keys), {_first_word(norm) for norm in train.norms}
    masks = {
        "later months, all": np.ones(len(fold), dtype=bool),
        "unseen merchants": np.array([key not in known for key in fold.keys]),
        "unseen first words": np.array([_first_word(norm) not in known_words for norm in fold.norms]),
        "the last months of them": fold.occurred_at >= (int(fold.occurred_at[0]) + int(fold.occurred_at[-1])) // 2,
    }
    return tuple(
        evaluate(
            name,
            shares[mask],
            fold.labels[mask],
            [key for key, kept in zip(fold.keys, mask, strict=True) if kept],
            thresholds[mask],
        )
        for name, mask in masks.items()
        if mask.any()
    )


def macro_f1(best: _Labels, labels: _Labels) -> float:
    """Return the mean F1 of the categories that have a label here."""
    return float(np.mean([scores(best, labels, category)[2] for category in np.unique(labels)]))


def log_loss(shares: _Shares, labels: _Labels) -> float:
    """Return the mean of -log P(label), natural logarithm."""
    return float(-np.log(shares[np.arange(len(labels)), labels]).mean())


def brier(shares: _Shares, labels: _Labels) -> float:
    """Return the mean squared distance of the probabilities from the truth, summed over categories (0 to 2)."""
    truth = np.eye(shares.shape[1])[labels]
    return float(((shares - truth) ** 2).sum(axis=1).mean())


def top_label_ece(shares: _Shares, labels: _Labels) -> float:
    """Return the expected calibration error of the best category over 15 bins of equal width."""
    return float(sum(abs(gap) * share for _, _, gap, share in reliability(shares, labels)))


def class_wise_ece(shares: _Shares, labels: _Labels) -> float:
    """Return the mean over categories with a label of each one's calibration error over 15 bins."""
    errors = []
    for category in np.unique(labels):
        truth = labels == category
        errors.append(sum(abs(gap) * share for _, _, gap, share in reliability_of(shares[:, category], truth)))
    return float(np.mean(errors))


def reliability(shares: _Shares, labels: _Labels) -> list[tuple[float, float, float, float]]:
    """Return (confidence, accuracy, their gap, share of rows) of each bin of the best category that has rows."""
    best = shares.argmax(axis=1)
    return reliability_of(shares[np.arange(len(best)), best], best == labels)


def confusion(best: _Labels, labels: _Labels) -> npt.NDArray[np.int64]:
    """Return rows of the truth by columns of the answer, int64 [categories, categories]."""
    count = len(CATEGORIES)
    return np.bincount(labels * count + best, minlength=count * count).reshape(count, count)


def reliability_of(confidence: _Shares, truth: npt.NDArray[np.bool_]) -> list[tuple[float, float, float, float]]:
    """Return (confidence, share of truth, their gap, share of rows) of each of 15 bins that has rows."""
    place = np.minimum((confidence * RELIABILITY_BINS).astype(np.int64), RELIABILITY_BINS - 1)
    found = []
    for number in np.unique(place):
        here = place == number
        sure, right = float(confidence[here].mean()), float(truth[here].mean())
        found.append((sure, right, right - sure, float(here.mean())))
    return found


def _first_word(norm: str) -> str:
    return norm.partition(" ")[0]
