"""Choose thresholds: for each category the lowest bar at which its answers are right as often as wanted.

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
from trainer.evaluation.merchants import FEWEST_MERCHANTS, design_effect

WANTED_PRECISION: Final = 0.90
SEQUENCE: Final = (0.40, 0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.925, 0.95, 0.97, 0.98, 0.99)
CONFIDENCE: Final = 0.70  # of the lower bound, one-sided; what it is worth is in docs/MODEL.md
FEWEST_UNKNOWN_ROWS: Final = 100  # of merchants without a history, to be judged by themselves
LOWEST_UNPROVEN: Final = 0.70  # bar of a category whose precision is not proven by a bound
_Shares = npt.NDArray[np.float64]


def choose(
    shares: _Shares,
    labels: npt.NDArray[np.int64],
    keys: Sequence[str],
    *,
    is_known: npt.NDArray[np.bool_],
    evidence: npt.NDArray[np.uint8],
    fragments: float = MUTED,
    wanted: float = WANTED_PRECISION,
) -> Thresholds:
    """Return the bars from cross-fitted probabilities [rows, categories] of the calibration fold.

    A category with too little evidence of its own takes the lowest bar above which calibrated confidence and its few
    rows both average the wanted precision. One whose evidence shows that no bar of the sequence is enough is muted.
    ``is_known`` says which merchants have a history; those without need the bar of them all, too. ``evidence`` says
    what is known of each wording: without any it is never served, by fragments of words from ``fragments`` on.
    """
    best = shares.argmax(axis=1)
    confidence = shares[np.arange(len(best)), best]
    right = best == labels
    merchants = np.array(keys, dtype=np.str_)
    by_wording = confidence >= lowest_bars(fragments)[evidence]
    of_unknown = _judge_unknown(confidence, right, merchants, rows=~is_known & by_wording, wanted=wanted)
    bar_of_unknown = of_unknown.value
    servable = by_wording & (is_known | (confidence >= bar_of_unknown))
    bars, effects = {}, []
    for index, category in enumerate(CATEGORIES):
        named = servable & (best == index)
        bar, effect = _judge(confidence, right, merchants, rows=named, wanted=wanted)
        effects += [effect] if named.any() else []
        if bar.value < bar_of_unknown:
            bar = msgspec.structs.replace(bar, unknown=bar_of_unknown)
        bars[category] = bar
    return Thresholds(
        wanted_precision=wanted,
        design_effect=float(np.median(effects or [1.0])),
        by_category=bars,
        unknown=of_unknown,
        fragments=fragments,
    )


def _judge_unknown(
    confidence: _Shares,
    right: npt.NDArray[np.bool_],
    merchants: npt.NDArray[np.str_],
    *,
    rows: npt.NDArray[np.bool_],
    wanted: float,
) -> Threshold:
    """Return the bar of merchants without a history, out of reach where they are too few to be judged."""
    count, names = int(rows.sum()), len(np.unique(merchants[rows]))
    if count < FEWEST_UNKNOWN_ROWS or names < FEWEST_MERCHANTS:
        few = f"fewer than {FEWEST_UNKNOWN_ROWS} rows of {FEWEST_MERCHANTS} merchants without a history"
        return Threshold(value=MUTED, rows=count, merchants=names, note=f"{few}: their answers are not served")
    return _judge(confidence, right, merchants, rows=rows, wanted=wanted)[0]


def _judge(
    confidence: _Shares,
    right: npt.NDArray[np.bool_],
    merchants: npt.NDArray[np.str_],
    *,
    rows: npt.NDArray[np.bool_],
    wanted: float,
) -> tuple[Threshold, float]:
    """Return the bar of some rows and their design effect."""
    effect = design_effect(right[rows], merchants[rows].tolist()) if rows.any() else 1.0
    return _bar(confidence[rows], right[rows], merchants[rows], effect=effect, wanted=wanted), effect


def lower_bound(right: int, rows: int, *, effect: float) -> float:
    """Return the one-sided Clopper-Pearson bound of a share, its rows divided by the design effect."""
    hits, misses = right / effect, (rows - right) / effect
    return float(clopper_pearson_low(hits, misses, tail=1.0 - CONFIDENCE)) if hits > 0 else 0.0


def _bar(
    confidence: _Shares,
    right: npt.NDArray[np.bool_],
    merchants: npt.NDArray[np.str_],
    *,
    effect: float,
    wanted: float,
) -> Threshold:
    seen = 0.0  # the highest bar that had enough evidence to be judged, and failed
    for value in SEQUENCE:
        kept = confidence >= value
        rows, hits, names = int(kept.sum()), int(right[kept].sum()), len(np.unique(merchants[kept]))
        if names < FEWEST_MERCHANTS or lower_bound(rows, rows, effect=effect) < wanted:
            break  # from here on even a spotless record would prove nothing
        bound = lower_bound(hits, rows, effect=effect)
        if bound >= wanted:
            return Threshold(value=value, precision=hits / rows, bound=bound, rows=rows, merchants=names)
        seen = value
    if seen == SEQUENCE[-1]:
        return Threshold(value=MUTED, precision=float(right.mean()), rows=len(right), note="never right often enough")
    note = "too little evidence of its own: mean confidence above the bar is as wanted"
    for value in SEQUENCE:
        kept = confidence >= value
        if value < max(seen, LOWEST_UNPROVEN) or not kept.any() or confidence[kept].mean() < wanted:
            continue
        precision = float(right[kept].mean())
        if precision >= wanted:
            names = len(np.unique(merchants[kept]))
            return Threshold(value=value, precision=precision, rows=int(kept.sum()), merchants=names, note=note)
    return Threshold(value=max(wanted, seen), note="no evidence: the wanted precision is the bar")
