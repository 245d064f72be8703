"""Category report: how one category did in one slice, and whether the slice says enough of it to judge it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from trainer.evaluation.merchants import MIN_MERCHANTS, design_effect, f1_draws

SUPPORT: Final = 50.0  # effective rows from which a category is judged
MAX_MERCHANT_SHARE: Final = 0.5  # share of a category's rows above which one merchant speaks for all
_BOUNDS: Final = (0.025, 0.975)
_Labels = npt.NDArray[np.int64]
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CategoryReport:
    """One category in one slice; ``support`` in rows, ``effective`` rows after the design effect.

    ``merchants`` have rows of the category, the largest of them the share ``largest``. ``f1_low`` to ``f1_high`` is the
    95 % interval over merchants; it is 0 to 1 where it was not asked for or the merchants are too few.
    """

    category: str
    support: int
    effective: float
    precision: float
    recall: float
    f1: float
    served: int
    served_precision: float | None
    merchants: int
    largest: float
    f1_low: float = 0.0
    f1_high: float = 1.0

    @property
    def is_judged(self) -> bool:
        """Whether the slice says enough of the category: effective rows, merchants, and no merchant that is most."""
        return self.effective >= SUPPORT and self.merchants >= MIN_MERCHANTS and self.largest <= MAX_MERCHANT_SHARE

    @property
    def missing(self) -> int:
        """About how many rows more the category needs to be judged, at the design effect that its rows have."""
        by_worth = (SUPPORT - self.effective) * self.support / max(self.effective, 1.0)
        by_merchants = MIN_MERCHANTS - self.merchants
        by_largest = (self.largest / MAX_MERCHANT_SHARE - 1.0) * self.support
        return max(0, ceil(max(by_worth, by_merchants, by_largest)))


class Intervals(NamedTuple):
    """The 95 % intervals of macro-F1 and, by category, of F1."""

    macro_f1: Interval
    categories: dict[str, Interval]


def report_category(
    category: int, best: _Labels, labels: _Labels, served: npt.NDArray[np.bool_], keys: Sequence[str]
) -> CategoryReport:
    """Return the report of a category that has a row, without an interval."""
    precision, recall, f1 = scores(best, labels, category)
    of_category = np.flatnonzero(labels == category)
    support = of_category.size
    names = [keys[row] for row in of_category.tolist()]
    rows_of = np.unique(np.array(names, dtype=np.str_), return_counts=True)[1]
    given = served & (best == category)
    return CategoryReport(
        category=CATEGORIES[category].value,
        support=support,
        effective=support / design_effect(best[of_category] == category, names),
        precision=precision,
        recall=recall,
        f1=f1,
        served=int(given.sum()),
        served_precision=float((labels[given] == category).mean()) if given.any() else None,
        merchants=len(rows_of),
        largest=float(rows_of.max() / support),
    )


def intervals(best: _Labels, labels: _Labels, keys: Sequence[str], *, seed: int) -> Intervals:
    """Return the 95 % intervals of macro-F1 and of the F1 of each category with a label, by a bootstrap over merchants.

    A category's is 0 to 1 where its rows are of fewer merchants than a bootstrap can draw from, and so is that of
    macro-F1 where all rows are.
    """
    drawn = f1_draws(best, labels, keys, len(CATEGORIES), seed=seed)
    merchants = np.array(keys, dtype=np.str_)
    found = {
        CATEGORIES[category].value: _interval(drawn[:, category], merchants[labels == category])
        for category in np.unique(labels).tolist()
    }
    return Intervals(_interval(np.nanmean(drawn, axis=1), merchants), found)


def _interval(drawn: npt.NDArray[np.float64], merchants: npt.NDArray[np.str_]) -> Interval:
    if len(np.unique(merchants)) < MIN_MERCHANTS:
        return 0.0, 1.0
    low, high = np.nanquantile(drawn, _BOUNDS)
    return float(low), float(high)


def scores(best: _Labels, labels: _Labels, category: int) -> tuple[float, float, float]:
    """Return precision, recall and F1 of one category; 0 where they have no meaning."""
    hits = int(((best == category) & (labels == category)).sum())
    named, true = int((best == category).sum()), int((labels == category).sum())
    return (hits / max(named, 1), hits / max(true, 1), 2 * hits / max(named + true, 1))
