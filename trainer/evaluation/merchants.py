"""Merchants: rows of one merchant are not independent, so measures count and resample merchants."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

# With this many merchants, all of them wrong, even the exact binomial bound puts F1 below .60 (recall .31, F1 .48).
MIN_MERCHANTS: Final = 8
DRAWS: Final = 1_000
_CELLS: Final = 4_000_000  # of one piece of the draws, to bound memory
_Labels = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]


def design_effect(right: npt.NDArray[np.bool_], keys: Sequence[str] | _Labels) -> float:
    """Return how many rows are worth one independent row, from how rows of one merchant are right together.

    The variance of the mean under clusters over that under independence (linearised ratio estimator), at least 1.
    ``keys`` name each row's merchant, or number it as ``number`` does.
    """
    mean = float(right.mean())
    spread = mean * (1.0 - mean) * len(right)
    if spread <= 0:
        return max(1.0, len(right) / max(len(set(keys)), 1))
    merchant = keys if isinstance(keys, np.ndarray) else number(keys)[1]
    sums = np.bincount(merchant, weights=right - mean)
    return max(1.0, float((sums**2).sum()) / spread)


def number(keys: Sequence[str]) -> tuple[int, _Labels]:
    """Return how many merchants there are, and each row's merchant as a number from 0 on."""
    names, merchant = np.unique(np.array(keys, dtype=np.str_), return_inverse=True)
    return len(names), np.asarray(merchant, dtype=np.int64)


def draws(merchants: int, *, seed: int) -> Iterator[_Floats]:
    """Yield how often each merchant is drawn, float64 [some draws, merchants], DRAWS rows in all.

    The bootstrap over clusters: as many merchants as there are, with replacement. The same merchants and seed give the
    same draws, so that two models on the same rows are compared in pairs.
    """
    generator = np.random.default_rng(seed)
    step = max(1, min(DRAWS, _CELLS // merchants))
    for first in range(0, DRAWS, step):
        size = min(step, DRAWS - first)
        drawn = generator.integers(merchants, size=(size, merchants)) + merchants * np.arange(size)[:, None]
        yield np.bincount(drawn.ravel(), minlength=size * merchants).reshape(size, merchants).astype(np.float64)


def f1_draws(best: _Labels, labels: _Labels, keys: Sequence[str], categories: int, *, seed: int) -> _Floats:
    """Return each category's F1 in each draw of merchants, float64 [draws, categories], NaN where no label was drawn.

    ``best`` and ``labels`` are category indices below ``categories``.
    """
    merchants, merchant = number(keys)
    right = best == labels
    hits, named, true = (
        _per_merchant(merchant[rows], of[rows], merchants, categories)
        for rows, of in ((right, labels), (np.ones_like(right), best), (np.ones_like(right), labels))
    )
    found = []
    for drawn in draws(merchants, seed=seed):
        support = drawn @ true
        with np.errstate(invalid="ignore"):
            scores = 2 * (drawn @ hits) / (drawn @ named + support)
        found.append(np.where(support > 0, scores, np.nan))
    return np.concatenate(found)


def mean_draws(values: _Floats, keys: Sequence[str], *, seed: int) -> _Floats:
    """Return the mean of the rows' values in each draw of merchants, float64 [draws]."""
    merchants, merchant = number(keys)
    sums = np.bincount(merchant, weights=values, minlength=merchants)
    rows = np.bincount(merchant, minlength=merchants).astype(np.float64)
    return np.concatenate([drawn @ sums / (drawn @ rows) for drawn in draws(merchants, seed=seed)])


def _per_merchant(merchant: _Labels, category: _Labels, merchants: int, categories: int) -> _Floats:
    counted = np.bincount(merchant * categories + category, minlength=merchants * categories)
    return counted.reshape(merchants, categories).astype(np.float64)
