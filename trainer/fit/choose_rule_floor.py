"""Choose the rule floor: how probable the model must find a rule's category for the rule's answer to be served.

Floors are tried from the safest downwards, and the first at which too little is proven ends the tests. The order is
fixed by the model's probabilities, not by which answers are right, so the choice errs as often as one test alone
(fixed-sequence testing, as in Learn then Test: Angelopoulos, Bates, Candès, Jordan and Lei, arXiv:2110.01052).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from scorer.model.rule_floor import RuleFloor
from scorer.model.threshold_setting import MUTED
from scorer.model.thresholds import Thresholds
from trainer.evaluation.merchants import design_effect, number
from trainer.evaluation.rules_baseline import AskedRules
from trainer.evaluation.served import WhoAnswers, who_answers
from trainer.fit.held_rows import HeldRows
from trainer.fit.precision_bound import lower_bound
from trainer.fit.proven_thresholds import ProvenThresholds

CANDIDATE_FLOORS: Final = tuple(round(0.05 * step, 2) for step in range(19, 0, -1))  # .95 to .05
CONFIDENCE: Final = 0.95  # of both bounds, one-sided
LEAST_PRECISION: Final = 0.5  # of the rules' answers themselves: a wrong one costs as much as a right one is worth
LEAST_MERCHANTS: Final = 30  # that rules answer for, from a floor on; with fewer, a bound says little of either
_Ints = npt.NDArray[np.int64]
NOTE: Final = "no floor is proven: only rules that override are served"


def choose_rule_floor(
    found: WhoAnswers, keys: Sequence[str] | _Ints, counted: npt.NDArray[np.bool_], *, target_precision: float
) -> RuleFloor:
    """Return the lowest floor that is proven on the calibration fold, from cross-fitted probabilities.

    Two lower bounds must hold, both over merchants: everything that would be served, the model's answers included, is
    as precise as wanted, and the rules' answers in it are more often right than wrong. ``keys`` name or number
    each row's merchant; rows that are not ``counted`` have a label that a rule gave. Where nothing is proven, no rule
    is served that the model was asked about, unless it overrides.
    """
    proven, merchants = None, keys if isinstance(keys, np.ndarray) else number(keys)[1]
    for value in CANDIDATE_FLOORS:
        fallback = found.by_fallback(value) & counted
        names = len(np.unique(merchants[fallback]))
        if names < LEAST_MERCHANTS:
            continue  # not tested, whether they are right or not: so the order of the tests stays fixed
        served_bound = _bound(found.is_right, merchants, found.served(value) & counted)
        bound = _bound(found.is_right, merchants, fallback)
        if served_bound < target_precision or bound < LEAST_PRECISION:
            break
        precision, rows = float(found.is_right[fallback].mean()), int(fallback.sum())
        proven = RuleFloor(
            value=value, precision=precision, bound=bound, served_bound=served_bound, rows=rows, merchants=names
        )
    return proven or RuleFloor(value=MUTED, rows=int((found.is_left & counted).sum()), note=NOTE)


def floor_of(
    proven: ProvenThresholds, held: HeldRows, thresholds: Thresholds, asked: AskedRules, *, target_precision: float
) -> RuleFloor:
    """Return the rule floor of the calibration fold, the model's answers counted under bars that other merchants chose.

    ``thresholds`` say what the gate muted since.
    """
    found = who_answers(held.shares, proven.bars_under(thresholds), held.labels, asked.answers)
    return choose_rule_floor(found, held.merchant, asked.is_counted, target_precision=target_precision)


def _bound(is_right: npt.NDArray[np.bool_], merchants: _Ints, rows: npt.NDArray[np.bool_]) -> float:
    right = is_right[rows]
    effect = design_effect(right, merchants[rows])
    counted = (np.array([float(one)]) for one in (right.sum(), len(right), effect))
    return float(lower_bound(*counted, confidence=CONFIDENCE)[0])
