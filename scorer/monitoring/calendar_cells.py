"""Calendar cells: pieces of the month, week and day (in UTC) in which transactions are of a kind; pure.

A cell is one day of the month, on a working day or a weekend, in one quarter of the day. Where a reference holds too
few transactions of a cell, the same quarter of all working days (or weekends) stands for it, then everything.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from scorer.features.features import NUMERIC_NAMES

QUARTERS: Final = 4  # of a day, six hours each
KINDS: Final = 2 * QUARTERS  # of times: working day or weekend, and the quarter
CELLS: Final = 31 * KINDS
EVERYTHING: Final = CELLS + KINDS  # the last stand-in
PLACES: Final = EVERYTHING + 1  # cells, then kinds, then everything
MIN_CELL_ROWS: Final = 5  # transactions below which a cell of a reference stands for nothing
_SATURDAY: Final = 5

Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.float64]


def cells_of(numeric: npt.NDArray[np.float32]) -> Ints:
    """Return the cell of each row, int64 [rows]; ``numeric`` float32 [rows, numbers] as the features have them."""
    day, weekday, hour = (numeric[:, NUMERIC_NAMES.index(name)].astype(np.int64) for name in ("day", "weekday", "hour"))
    kind = (weekday >= _SATURDAY) * QUARTERS + hour.clip(0, 23) // 6
    return np.asarray((day.clip(1, 31) - 1) * KINDS + kind, dtype=np.int64)


def with_stand_ins(by_cell: Counts) -> Counts:
    """Return float64 [PLACES, ...] of float64 [CELLS, ...]: each cell, then each kind of time, then everything."""
    by_kind = by_cell.reshape(31, KINDS, *by_cell.shape[1:]).sum(axis=0)
    return np.concatenate([by_cell, by_kind, by_kind.sum(axis=0, keepdims=True)])


def stand_for(cells: Ints, reference: Counts) -> Ints:
    """Return the place that each cell is held against, int64 [rows]; ``reference`` [PLACES] counts its rows."""
    kinds = CELLS + cells % KINDS
    wider = np.where(reference[kinds] >= MIN_CELL_ROWS, kinds, EVERYTHING)
    return np.asarray(np.where(reference[cells] >= MIN_CELL_ROWS, cells, wider), dtype=np.int64)
