"""Precision bound: how precise answers are at least, where rows of one merchant are right or wrong together.

Rows are divided by a design effect, the variance of their mean under clusters over that under independence. It is the
larger of two: what the rows themselves show, and what the correlation of all answers makes of their merchants' sizes
(Kish 1965: 1 + rho (m - 1), m the mean size of a row's merchant). Few merchants that are all right show no correlation
of their own, and the second alone holds them.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scorer.intervals import clopper_pearson_low

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class GradedAnswers:
    """Answers of a model to rows: confidence, whether right, merchant (a number from 0 on), category; each [rows]."""

    confidence: _Floats
    is_right: _Mask
    merchant: _Ints
    category: _Ints

    def __len__(self) -> int:
        return len(self.confidence)

    def rows(self, kept: _Mask) -> "GradedAnswers":
        """Return the answers of a mask."""
        return GradedAnswers(self.confidence[kept], self.is_right[kept], self.merchant[kept], self.category[kept])


class AnswerCounts(NamedTuple):
    """What is counted from each of some thresholds on, in their order; each float64 [thresholds].

    Rows, right ones, the sum of confidences, merchants, and the two design effects: ``foreseen_effect`` comes from the
    correlation of all answers and the sizes of these rows' merchants, ``effect`` is never below it.
    """

    rows: _Floats
    right: _Floats
    confident: _Floats
    merchants: _Floats
    foreseen_effect: _Floats
    effect: _Floats

    def at(self, place: int) -> "AnswerCounts":
        """Return what was counted from one threshold on, [1]."""
        return AnswerCounts(*(column[place : place + 1] for column in self))


def lower_bound(right: _Floats, rows: _Floats, effect: _Floats, *, confidence: float) -> _Floats:
    """Return the one-sided Clopper-Pearson bounds of shares, their rows divided by the design effect; 0 without a row.

    An effect of 0 stands for infinitely many rows: the share itself.
    """
    bounds = np.zeros(len(rows))
    proves, is_measured = (right > 0) & (effect > 0), (rows > 0) & (effect <= 0)
    hits, misses = right[proves] / effect[proves], (rows - right)[proves] / effect[proves]
    bounds[proves] = clopper_pearson_low(hits, misses, tail=1.0 - confidence)
    bounds[is_measured] = right[is_measured] / rows[is_measured]
    return bounds


def count_answers(
    answers: GradedAnswers, thresholds: _Floats, correlation: _Floats, *, labels: float = 1.0
) -> AnswerCounts:
    """Count the answers from each of the descending ``thresholds`` on; ``correlation`` [thresholds] is that of all.

    ``labels`` times as many rows and merchants are worth so many times as much.
    """
    first = _first_reached(answers, thresholds)
    names, merchant = np.unique(answers.merchant, return_inverse=True)
    sizes = _cumulate(merchant, first, len(names), thresholds)
    hits = _cumulate(merchant, first, len(names), thresholds, weights=answers.is_right)
    rows, right = sizes.sum(axis=0), hits.sum(axis=0)
    sums = np.bincount(first, weights=answers.confidence, minlength=len(thresholds) + 1)
    confident = np.cumsum(sums[:-1], dtype=np.float64)
    some = np.maximum(rows, 1.0)
    foreseen = np.maximum(1.0, 1.0 + correlation * ((sizes**2).sum(axis=0) / some - 1.0))
    mean = right / some
    spread = mean * (1.0 - mean) * rows
    together = ((hits - mean * sizes) ** 2).sum(axis=0)
    own = np.divide(together, spread, out=np.zeros_like(spread), where=spread > 0)
    return AnswerCounts(
        rows=rows,
        right=right,
        confident=confident,
        merchants=(sizes > 0).sum(axis=0).astype(np.float64),
        foreseen_effect=foreseen / labels,
        effect=np.maximum(own, foreseen) / labels,
    )


def correlations(answers: GradedAnswers, thresholds: _Floats) -> _Floats:
    """Return how rows of one merchant are right together, 0 to 1, among the answers from each threshold on.

    It is pooled over categories: the mean product of two rows' deviations from their category's precision, over pairs
    of rows of one merchant and category, over the variance of one row's; 0 where no merchant has two rows.
    """
    first = _first_reached(answers, thresholds)
    merchants = int(answers.merchant.max(initial=0)) + 1
    names, cell = np.unique(answers.category * merchants + answers.merchant, return_inverse=True)
    sizes = _cumulate(cell, first, len(names), thresholds)
    hits = _cumulate(cell, first, len(names), thresholds, weights=answers.is_right)
    of_category = (names // merchants == np.unique(names // merchants)[:, None]).astype(np.float64)
    rows, right = of_category @ sizes, of_category @ hits
    mean = right / np.maximum(rows, 1.0)
    squares = (right * (1.0 - mean)).sum(axis=0)
    together = ((hits - (of_category.T @ mean) * sizes) ** 2).sum(axis=0)
    pairs = (sizes * (sizes - 1.0)).sum(axis=0) * squares / np.maximum(rows.sum(axis=0), 1.0)
    found = np.divide(together - squares, pairs, out=np.zeros_like(pairs), where=pairs > 0)
    return np.asarray(np.clip(found, 0.0, 1.0), dtype=np.float64)


def _first_reached(answers: GradedAnswers, thresholds: _Floats) -> _Ints:
    """Return the place of the highest threshold that each answer reaches, their number where it reaches none."""
    return np.searchsorted(-thresholds, -answers.confidence, side="left").astype(np.int64)


def _cumulate(
    group: _Ints, first: _Ints, groups: int, thresholds: _Floats, *, weights: npt.NDArray[np.generic] | None = None
) -> _Floats:
    """Return the rows, or the sum of their weights, by group and from each threshold on: [groups, thresholds]."""
    width = len(thresholds) + 1
    counted = np.bincount(group * width + first, weights=weights, minlength=groups * width)
    return np.cumsum(counted.reshape(groups, width)[:, :-1], axis=1, dtype=np.float64)
