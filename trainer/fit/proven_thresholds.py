"""Proven thresholds: thresholds of categories, and a proof of everything that they let the model answer.

That each category's bound holds does not say that all answers together are as precise as wanted: what was chosen looks
better on the rows that chose it. So every merchant's rows are counted under thresholds that the others chose, and a
common threshold is tested downwards (``trainer.fit.fixed_sequence``); it raises the categories' own where they let in
too much.
"""

from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from scorer.model.threshold_setting import MUTED
from scorer.model.thresholds import Threshold, Thresholds
from trainer.fit.choose_thresholds import UNPROVEN, proven
from trainer.fit.fixed_sequence import lowest_proven, sequence_of
from trainer.fit.held_rows import HeldRows
from trainer.fit.precision_bound import GradedAnswers

CONFIDENCE: Final = 0.95  # of the bound of everything, one-sided: wanted surer than one category's
_Floats = npt.NDArray[np.float64]


class ProvenThresholds(NamedTuple):
    """Thresholds, and the bars float64 [rows, categories] under which each row counts: those that others chose."""

    thresholds: Thresholds
    bars: _Floats

    def bars_under(self, thresholds: Thresholds) -> _Floats:
        """Return the bars of the rows, out of reach for what ``thresholds`` mute."""
        return np.where(thresholds.values() >= MUTED, MUTED, self.bars)


def prove_thresholds(held: HeldRows, *, fragments: float, target_precision: float) -> ProvenThresholds:
    """Return the thresholds of the fold, whose ``everything`` says what all of the model's answers together prove.

    Where they prove nothing its value is out of reach, and the categories keep theirs for shadow mode; the gate does
    not pass such a release.
    """
    chosen = held.choose_thresholds(fragments=fragments, target_precision=target_precision)
    bars = cross_fitted_bars(held, fragments=fragments, target_precision=target_precision)
    best = held.shares.argmax(axis=1)
    there = (np.arange(len(best)), best)
    answers = GradedAnswers(held.shares[there], best == held.labels, held.merchant, best)
    served = answers.rows(answers.confidence >= bars[there])
    proof = lowest_proven(served, sequence_of(served, level=CONFIDENCE, target=target_precision))
    if proof is None:
        none = Threshold(value=MUTED, rows=len(served.is_right), note=UNPROVEN)
        return ProvenThresholds(msgspec.structs.replace(chosen, everything=none), bars)
    raised = {category: _raised(threshold, proof.value) for category, threshold in chosen.by_category.items()}
    thresholds = msgspec.structs.replace(chosen, by_category=raised, everything=proven(proof))
    return ProvenThresholds(thresholds, np.maximum(bars, proof.value))


def cross_fitted_bars(held: HeldRows, *, fragments: float, target_precision: float) -> _Floats:
    """Return each row's bars float64 [rows, categories] by the thresholds that other merchants choose."""
    bars = np.full(held.shares.shape, MUTED)
    for one in np.unique(held.part):
        is_own = held.part == one
        if is_own.all():
            continue  # nobody else chooses
        others = held.rows(~is_own)
        thresholds = others.choose_thresholds(fragments=fragments, target_precision=target_precision)
        bars[is_own] = thresholds.of_rows(held.is_known[is_own], held.evidence[is_own])
    return bars


def _raised(threshold: Threshold, common: float) -> Threshold:
    if threshold.value >= common:
        return threshold
    unknown = None if threshold.unknown is None or threshold.unknown <= common else threshold.unknown
    note = "raised to the threshold that everything proves together"
    return Threshold(value=common, unknown=unknown, note=note)
