"""Choose thresholds: for each category the lowest threshold at which its answers reach the target precision.

Merchants without a history are judged by themselves first, all categories together: what history makes right would
otherwise vouch for answers that have none. Where they are too few to be judged, none of their answers is accepted.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.intervals import clopper_pearson_low
from scorer.model.thresholds import MUTED, Threshold, Thresholds, lowest_bars
from trainer.evaluation.merchants import MIN_MERCHANTS, design_effect

TARGET_PRECISION: Final = 0.90
CANDIDATE_THRESHOLDS: Final = (
    0.40,
    0.50,
    0.55,
    0.60,
    0.65,
    0.70,
    0.75,
    0.80,
    0.85,
    0.90,
    0.925,
    0.95,
    0.97,
    0.98,
    0.99,
)
CONFIDENCE: Final = 0.70  # of the lower bound, one-sided; what it is worth is in docs/EXPERIMENTS.md
MIN_UNKNOWN_ROWS: Final = 100  # of merchants without a history, to be judged by themselves
FALLBACK_THRESHOLD: Final = 0.70  # of a category whose precision is not proven by a bound
_Shares = npt.NDArray[np.float64]


def choose_thresholds(
    shares: _Shares,
    labels: npt.NDArray[np.int64],
    keys: Sequence[str],
    *,
    is_known: npt.NDArray[np.bool_],
    evidence: npt.NDArray[np.uint8],
    fragments: float = MUTED,
    target_precision: float = TARGET_PRECISION,
) -> Thresholds:
    """Return the thresholds from cross-fitted probabilities [rows, categories] of the calibration fold.

    A category with too little evidence of its own takes the lowest threshold above which calibrated confidence and
    its few rows both average the target precision. One whose evidence shows that no candidate is enough is muted.
    ``is_known`` says which merchants have a history; those without need the threshold of all of them, too.
    ``evidence`` says what is known of each wording: without any it is never served, by fragments of words from
    ``fragments`` on.
    """
    best = shares.argmax(axis=1)
    confidence = shares[np.arange(len(best)), best]
    right = best == labels
    merchants = np.array(keys, dtype=np.str_)
    by_wording = confidence >= lowest_bars(fragments)[evidence]
    of_unknown = _threshold_of_unknown(
        confidence, right, merchants, rows=~is_known & by_wording, target_precision=target_precision
    )
    threshold_of_unknown = of_unknown.value
    servable = by_wording & (is_known | (confidence >= threshold_of_unknown))
    thresholds, effects = {}, []
    for index, category in enumerate(CATEGORIES):
        named = servable & (best == index)
        threshold, effect = _threshold_of(confidence, right, merchants, rows=named, target_precision=target_precision)
        effects += [effect] if named.any() else []
        if threshold.value < threshold_of_unknown:
            threshold = msgspec.structs.replace(threshold, unknown=threshold_of_unknown)
        thresholds[category] = threshold
    return Thresholds(
        wanted_precision=target_precision,
        design_effect=float(np.median(effects or [1.0])),
        by_category=thresholds,
        unknown=of_unknown,
        fragments=fragments,
    )


def _threshold_of_unknown(
    confidence: _Shares,
    right: npt.NDArray[np.bool_],
    merchants: npt.NDArray[np.str_],
    *,
    rows: npt.NDArray[np.bool_],
    target_precision: float,
) -> Threshold:
    """Return the threshold of merchants without a history, out of reach where they are too few to be judged."""
    count, names = int(rows.sum()), len(np.unique(merchants[rows]))
    if count < MIN_UNKNOWN_ROWS or names < MIN_MERCHANTS:
        few = f"fewer than {MIN_UNKNOWN_ROWS} rows of {MIN_MERCHANTS} merchants without a history"
        return Threshold(value=MUTED, rows=count, merchants=names, note=f"{few}: their answers are not served")
    return _threshold_of(confidence, right, merchants, rows=rows, target_precision=target_precision)[0]


def _threshold_of(
    confidence: _Shares,
    right: npt.NDArray[np.bool_],
    merchants: npt.NDArray[np.str_],
    *,
    rows: npt.NDArray[np.bool_],
    target_precision: float,
) -> tuple[Threshold, float]:
    """Return the threshold of some rows and their design effect."""
    effect = design_effect(right[rows], merchants[rows].tolist()) if rows.any() else 1.0
    return _threshold(
        confidence[rows], right[rows], merchants[rows], effect=effect, target_precision=target_precision
    ), effect


def lower_bound(right: int, rows: int, *, effect: float, confidence: float = CONFIDENCE) -> float:
    """Return the one-sided Clopper-Pearson bound of a share, its rows divided by the design effect."""
    hits, misses = right / effect, (rows - right) / effect
    return float(clopper_pearson_low(hits, misses, tail=1.0 - confidence)) if hits > 0 else 0.0


def _threshold(
    confidence: _Shares,
    right: npt.NDArray[np.bool_],
    merchants: npt.NDArray[np.str_],
    *,
    effect: float,
    target_precision: float,
) -> Threshold:
    seen = 0.0  # the highest threshold that had enough evidence to be judged, and failed
    for value in CANDIDATE_THRESHOLDS:
        kept = confidence >= value
        rows, hits, names = int(kept.sum()), int(right[kept].sum()), len(np.unique(merchants[kept]))
        if names < MIN_MERCHANTS or lower_bound(rows, rows, effect=effect) < target_precision:
            break  # from here on even a spotless record would prove nothing
        bound = lower_bound(hits, rows, effect=effect)
        if bound >= target_precision:
            return Threshold(value=value, precision=hits / rows, bound=bound, rows=rows, merchants=names)
        seen = value
    if seen == CANDIDATE_THRESHOLDS[-1]:
        return Threshold(value=MUTED, precision=float(right.mean()), rows=len(right), note="never right often enough")
    note = "too little evidence of its own: mean confidence above the bar is as wanted"
    for value in CANDIDATE_THRESHOLDS:
        kept = confidence >= value
        if value < max(seen, FALLBACK_THRESHOLD) or not kept.any() or confidence[kept].mean() < target_precision:
            continue
        precision = float(right[kept].mean())
        if precision >= target_precision:
            names = len(np.unique(merchants[kept]))
            return Threshold(value=value, precision=precision, rows=int(kept.sum()), merchants=names, note=note)
    return Threshold(value=max(target_precision, seen), note="no evidence: the wanted precision is the bar")
