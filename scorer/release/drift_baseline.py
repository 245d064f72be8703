"""Drift baseline: what a release was judged on, kept in it, so that a worker can tell when the world has moved on."""

from functools import cached_property
from math import isfinite
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from scorer.monitoring.calendar_cells import CELLS, EVERYTHING, PLACES, cells_of, stand_for, with_stand_ins
from scorer.monitoring.drift import NEW_MERCHANT, Counts, Histogram, Rows, count, psi, psi_bar

MIN_WINDOW_ROWS: Final = 200  # transactions below which a window says nothing
WEEK_DAYS: Final = 7.0
PIECE: Final = 5.0  # times the bar of a whole week that the first moments of one are held against
CALENDAR: Final = "calendar"  # of a window's counts: how many of its rows are held against each place


class Reference(Struct, frozen=True, kw_only=True, dict=True):
    """The gate fold in histograms by feature; ``design_effect`` is how many of its rows are worth one."""

    rows: int
    design_effect: float
    histograms: dict[str, Histogram]

    def to_bytes(self) -> bytes:
        """Return the reference as JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)

    @classmethod
    def from_bytes(cls, content: bytes) -> "Reference":
        """Read JSON; raises msgspec.ValidationError (a ValueError) where it is something else."""
        return msgspec.json.decode(content, type=cls)

    def faults(self) -> list[str]:
        """Return why drift cannot be measured against it; empty where it can."""
        found = [
            f"reference.json: {name}: {fault}"
            for name, histogram in self.histograms.items()
            if (fault := histogram.fault()) is not None
        ]
        if not (isfinite(self.design_effect) and self.design_effect > 0.0):
            found.append("reference.json: the design effect is no positive number")
        if found or NEW_MERCHANT not in self.histograms:
            return found
        for name, table in self._tables.items():  # all count the same rows, or a window could be held against none
            if not np.allclose(table.sum(axis=1), self._sizes):
                found.append(f"reference.json: {name}: counts other rows than {NEW_MERCHANT}")
        return found

    def count(self, rows: Rows) -> dict[str, Counts]:
        """Return how many rows fall into each bin of each feature, and in CALENDAR what they are held against."""
        places = stand_for(cells_of(rows.numeric), self._sizes)
        return count(self.histograms, rows) | {CALENDAR: np.bincount(places, minlength=PLACES).astype(np.float64)}

    def drift(self, window: dict[str, Counts], *, days: float) -> dict[str, tuple[float, float]]:
        """Return PSI and its bar by feature; empty where the window holds too few rows to tell.

        ``days`` is how much time the window's transactions happened in. Pieces of a week differ by more than chance (a
        morning on which rents are due), so below seven days the bar is higher, up to PIECE times as high.

        The reference is weighed so that its calendar is the window's: each place counts as often as the window has rows
        in it. So weighed, it is worth (sum of w)^2 / sum of w^2 rows (Kish, Survey Sampling, 1965), w being the weight
        of each of its rows.
        """
        held = window[CALENDAR]
        if held.sum() < MIN_WINDOW_ROWS:
            return {}
        there = held > 0
        weights = held[there] / self._sizes[there]
        worth = held.sum() ** 2 / (weights**2 * self._sizes[there]).sum()
        piece = 1.0 + (PIECE - 1.0) * max(0.0, 1.0 - days / WEEK_DAYS)
        found = {}
        for name, counts in window.items():
            if name == CALENDAR:
                continue
            weighed = weights @ self._tables[name][there]
            reference = weighed * (worth / weighed.sum())
            bar = piece * psi_bar(reference, counts, design_effect=self.design_effect)
            found[name] = (psi(reference, counts), bar)
        return found

    @cached_property
    def _tables(self) -> dict[str, Counts]:
        """Each feature's counts, float64 [PLACES, bins]."""
        return {name: _table(histogram) for name, histogram in self.histograms.items()}

    @cached_property
    def _sizes(self) -> Counts:
        """How many rows of the reference each place holds, float64 [PLACES]."""
        return np.asarray(self._tables[NEW_MERCHANT].sum(axis=1), dtype=np.float64)


def _table(histogram: Histogram) -> Counts:
    """Return float64 [PLACES, bins]; a histogram without cells knows everything only."""
    by_cell = np.zeros((CELLS, len(histogram.counts)))
    for cell, counts in histogram.by_cell.items():
        by_cell[cell] = counts
    table = with_stand_ins(by_cell)
    table[EVERYTHING] = histogram.counts
    return table
