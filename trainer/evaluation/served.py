"""Served: who answers each row as a worker would serve a user of the canary, and how precise each source is."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scorer.model.rule_floor import RuleFloor
from trainer.dataset.table import TrainingTable
from trainer.evaluation.merchants import MIN_MERCHANTS, mean_draws
from trainer.evaluation.rules_baseline import NO_ANSWER, RuleAnswers, is_independent

EVERYTHING: Final = "everything served"
MODEL: Final = "model"
OVERRIDES: Final = "rules that override"
FALLBACK: Final = "rules, the model not being sure"
DOUBTED: Final = "not served: rules that the model doubts"
SOURCES: Final = (EVERYTHING, MODEL, OVERRIDES, FALLBACK, DOUBTED)
MEASURES: Final = ("coverage", "precision", "low", "high")  # of a source among the metrics of a release
_INTERVAL: Final = (0.025, 0.975)  # 95 %, two-sided
_Mask = npt.NDArray[np.bool_]


class WhoAnswers(NamedTuple):
    """Who answers each row, bool [rows] each: a row is of one of the first three, or of nobody.

    ``is_left`` are rows that the model leaves to a rule that does not override; ``of_rule`` float64 [rows] is how
    probable it finds the rule's category, 0 without a rule. ``is_right`` says whether that answer is the label.
    """

    by_model: _Mask
    by_override: _Mask
    is_left: _Mask
    of_rule: npt.NDArray[np.float64]
    is_right: _Mask

    def by_fallback(self, floor: float) -> _Mask:
        """Return the rows that a rule answers which the model finds at least as probable as the floor."""
        return self.is_left & (self.of_rule >= floor)

    def served(self, floor: float) -> _Mask:
        """Return the rows that anybody answers."""
        return self.by_model | self.by_override | self.by_fallback(floor)


def who_answers(
    shares: npt.NDArray[np.float64],
    thresholds: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int64],
    rules: RuleAnswers,
) -> WhoAnswers:
    """Return who answers, as ``scorer.serving.decide`` does in the canary under a control without a model.

    Probabilities and thresholds are float64 [rows, categories], labels category indices.
    """
    rows, best = np.arange(len(shares)), shares.argmax(axis=1)
    answered = rules.categories != NO_ANSWER
    by_override = answered & rules.is_override
    by_model = ~by_override & (shares[rows, best] >= thresholds[rows, best])
    of_rule = np.where(answered, shares[rows, np.where(answered, rules.categories, 0)], 0.0)
    is_right = np.where(by_model, best, rules.categories) == labels
    return WhoAnswers(by_model, by_override, answered & ~by_override & ~by_model, of_rule, is_right)


class ServedPrecision(NamedTuple):
    """One source on a fold: its rows, their share of the fold, how often it is right and the 95 % interval of that.

    ``precision`` is None without a row, the interval with fewer merchants than say anything.
    """

    source: str
    rows: int
    share: float
    merchants: int
    precision: float | None
    low: float | None
    high: float | None


def served_precision(
    found: WhoAnswers, fold: TrainingTable, floor: RuleFloor | None, *, seed: int
) -> tuple[ServedPrecision, ...]:
    """Return every source of a fold, everything first; without a floor no rule is doubted.

    Labels that a rule gave are left out. Intervals are drawn over merchants.
    """
    value = 0.0 if floor is None else floor.value
    masks = {
        EVERYTHING: found.served(value),
        MODEL: found.by_model,
        OVERRIDES: found.by_override,
        FALLBACK: found.by_fallback(value),
        DOUBTED: found.is_left & ~found.by_fallback(value),
    }
    counted = is_independent(fold)
    of = int(counted.sum())
    return tuple(
        _measure(source, found.is_right, np.flatnonzero(masks[source] & counted), fold, of=of, seed=seed)
        for source in SOURCES
    )


def _measure(
    source: str, is_right: _Mask, places: npt.NDArray[np.intp], fold: TrainingTable, *, of: int, seed: int
) -> ServedPrecision:
    keys = [fold.keys[place] for place in places.tolist()]
    merchants = len(set(keys))
    if not keys:
        return ServedPrecision(source, 0, 0.0, 0, None, None, None)
    right = is_right[places].astype(np.float64)
    low = high = None
    if merchants >= MIN_MERCHANTS:
        low, high = map(float, np.quantile(mean_draws(right, keys, seed=seed), _INTERVAL))
    return ServedPrecision(source, len(keys), len(keys) / of, merchants, float(right.mean()), low, high)
