"""Drift: how far the transactions of today are from those that a release was judged on.

A window of a stream is a piece of a day or of a week, so it is held against the same piece of the calendar
(``scorer.monitoring.calendar_cells``): rents are paid on the first, lunches at noon. The calendar itself is not
compared. The population stability index of a window against a reference histogram, and the bar that sampling alone
would rarely reach: without drift PSI is about (1/n + 1/m) times a chi-square of bins - 1 degrees of freedom (Yurdakul,
Statistical Properties of the Population Stability Index, 2018).
"""

from collections.abc import Mapping
from itertools import pairwise
from math import isfinite, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from schemas.events.transaction import Channel
from schemas.taxonomy import CATEGORIES
from scorer.features.features import NUMERIC_NAMES
from scorer.monitoring.calendar_cells import CELLS, cells_of

BINS: Final = 10
MIN_PSI: Final = 0.1  # PSI below which, by custom, nobody need look, however large the samples
MOST_ROWS: Final = 10**12  # of a histogram that a release may hold: sums of more lose single rows
NEW_MERCHANT: Final = "new_merchant"
ANSWER: Final = "answer"
_Z: Final = 3.0902  # one window in a thousand is above the bar without drift
_PARTED: Final = ("log_amount", "characters", "words")
_CODES: Final = {"mcc_category": len(CATEGORIES), "channel": len(Channel)}

Counts = npt.NDArray[np.float64]


class Histogram(Struct, frozen=True):
    """Counts of one feature; ``edges`` part numbers into bins, and are empty where each value is a bin of its own.

    ``by_cell`` holds the counts of each calendar cell that has any; empty in releases of before there were cells.
    """

    edges: tuple[float, ...]
    counts: tuple[float, ...]
    by_cell: dict[int, tuple[float, ...]] = {}

    def fault(self) -> str | None:
        """Return why nothing can be held against it, None where it can: numbers are finite, and counts are counts."""
        if not all(map(isfinite, self.edges)) or any(second <= first for first, second in pairwise(self.edges)):
            return "its edges do not rise"
        if not all(0.0 <= number <= MOST_ROWS for counts in (self.counts, *self.by_cell.values()) for number in counts):
            return f"a count is no number from 0 to {MOST_ROWS:,}"
        if sum(self.counts) <= 0.0:
            return "it holds no row"
        return None


class Rows(Struct, frozen=True):
    """What is counted of some transactions.

    ``numeric`` float32 [rows, numbers] as ``scorer.features.features.numerics`` gives them, ``is_known`` whether the
    merchant has a history, ``best`` the category index of each answer.
    """

    numeric: npt.NDArray[np.float32]
    is_known: npt.NDArray[np.bool_]
    best: npt.NDArray[np.int64]


def refer(rows: Rows) -> dict[str, Histogram]:
    """Return the histogram of each watched feature: numbers in bins of about equal share, codes as they are."""
    cells = cells_of(rows.numeric)
    found = {}
    for name in (*_PARTED, *_CODES, NEW_MERCHANT, ANSWER):
        edges: tuple[float, ...] = ()
        if name in _PARTED:
            values = _column(rows, name).astype(np.float64)
            edges = tuple(map(float, np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]))))
        places, size = _places(name, edges, rows)
        table = np.bincount(cells * size + places, minlength=CELLS * size).reshape(CELLS, size)
        by_cell = {int(cell): tuple(map(float, table[cell])) for cell in np.flatnonzero(table.sum(axis=1))}
        found[name] = Histogram(edges, tuple(map(float, table.sum(axis=0))), by_cell)
    return found


def count(histograms: Mapping[str, Histogram], rows: Rows) -> dict[str, Counts]:
    """Return how many rows fall into each bin of each histogram, float64 [bins]; what we do not know is left out."""
    found = {}
    for name, histogram in histograms.items():
        if name in (*_PARTED, *_CODES, NEW_MERCHANT, ANSWER):
            places, size = _places(name, histogram.edges, rows)
            found[name] = np.bincount(places, minlength=size).astype(np.float64)
    return found


def _places(name: str, edges: tuple[float, ...], rows: Rows) -> tuple[npt.NDArray[np.int64], int]:
    """Return the bin of each row, and how many bins there are."""
    if name == NEW_MERCHANT:
        return (~rows.is_known).astype(np.int64), 2
    if name == ANSWER:
        return rows.best, len(CATEGORIES)
    if name in _CODES:
        size = _CODES[name] + 1  # none at all is a code, too
        return _column(rows, name).astype(np.int64).clip(-1, size - 2) + 1, size
    return np.searchsorted(edges, _column(rows, name)).astype(np.int64), len(edges) + 1


def psi(reference: Counts, window: Counts) -> float:
    """Return the population stability index of two histograms; half a row is added to each bin that has any."""
    there = (reference + window) > 0
    first, second = reference[there] + 0.5, window[there] + 0.5
    first, second = first / first.sum(), second / second.sum()
    return float(((second - first) * np.log(second / first)).sum())


def psi_bar(reference: Counts, window: Counts, *, design_effect: float) -> float:
    """Return the PSI above which a window has drifted: one that sampling rarely reaches, and worth looking at.

    Rows of one merchant come together, so either side's rows are divided by the design effect. The quantile of the
    chi-square is Wilson and Hilferty's.
    """
    freedom = max(int(((reference + window) > 0).sum()) - 1, 1)
    spread = 2.0 / (9.0 * freedom)
    quantile = freedom * (1.0 - spread + _Z * sqrt(spread)) ** 3
    rows = (max(float(side.sum()) / design_effect, 1.0) for side in (reference, window))
    return max(MIN_PSI, quantile * sum(1.0 / side for side in rows))


def _column(rows: Rows, name: str) -> npt.NDArray[np.float32]:
    return rows.numeric[:, NUMERIC_NAMES.index(name)]
