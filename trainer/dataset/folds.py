"""Folds: folds by the time of the transaction, train, then calibrate, then gate, that share no row."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.release.manifest import Fold, Folds
from trainer.dataset.table import TrainingTable
from trainer.errors import DataFault, TrainingDataError

# The newest rows are the likest to those that will be served: on real purchases of the months after, a macro-F1 of .745
# against .713 with shares of .15 and .20.
CALIBRATE_SHARE: Final = 0.12
GATE_SHARE: Final = 0.12
SMALLEST_TRAIN: Final = 500
SMALLEST_FOLD: Final = 100
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class CutOffs:
    """Seconds since 1970 at which the calibration fold and the gate fold begin."""

    calibrate_from: int
    gate_from: int


@dataclass(frozen=True, slots=True)
class Split:
    """The three folds; a row whose label came after its fold's end is in none of them."""

    train: TrainingTable
    calibrate: TrainingTable
    gate: TrainingTable
    cut_offs: CutOffs

    @property
    def categories(self) -> frozenset[str]:
        """The categories that have a label in any fold."""
        labels = np.concatenate([fold.labels for fold in (self.train, self.calibrate, self.gate)])
        return frozenset(CATEGORIES[label].value for label in np.unique(labels).tolist())

    def describe(self) -> Folds:
        """Return first day, last day and rows of each fold."""
        return Folds(*(_describe(fold) for fold in (self.train, self.calibrate, self.gate)))


def choose_cut_offs(occurred_at: npt.NDArray[np.int64]) -> CutOffs:
    """Return the days that leave about 76, 12 and 12 % of the rows to train, calibrate and gate."""
    days = np.sort(occurred_at // _DAY)
    calibrate = int(days[int(len(days) * (1 - CALIBRATE_SHARE - GATE_SHARE))])
    gate = max(int(days[int(len(days) * (1 - GATE_SHARE))]), calibrate + 1)
    return CutOffs(calibrate * _DAY, gate * _DAY)


def split(table: TrainingTable, cut_offs: CutOffs, *, as_of: int) -> Split:
    """Return the folds of rows whose label was observed before the fold's end, ``as_of`` being the gate's.

    Raises TrainingDataError where a fold would be too small to say anything.
    """
    occurred, observed = table.occurred_at, table.observed_at
    middle, late = cut_offs.calibrate_from, cut_offs.gate_from
    if not middle < late < as_of:
        raise TrainingDataError(DataFault.FOLDS, "the folds must begin in the order train, calibrate, gate, as-of")
    folds = Split(
        train=table.rows((occurred < middle) & (observed < middle)),
        calibrate=table.rows((occurred >= middle) & (occurred < late) & (observed < late)),
        gate=table.rows((occurred >= late) & (occurred < as_of) & (observed < as_of)),
        cut_offs=cut_offs,
    )
    for name, fold, smallest in (
        ("train", folds.train, SMALLEST_TRAIN),
        ("calibrate", folds.calibrate, SMALLEST_FOLD),
        ("gate", folds.gate, SMALLEST_FOLD),
    ):
        if len(fold) < smallest:
            what = f"the {name} fold has {len(fold)} rows with a label known in time, it needs {smallest}"
            raise TrainingDataError(DataFault.TOO_FEW, f"{what}: load more labelled transactions")
    if len(np.unique(folds.train.labels)) < 2:
        raise TrainingDataError(DataFault.ONE_CLASS, "the train fold holds one category only, it needs at least two")
    return folds


def _describe(fold: TrainingTable) -> Fold:
    first, last = (str(seconds.astype("datetime64[s]"))[:10] for seconds in (fold.occurred_at[0], fold.occurred_at[-1]))
    return Fold(first, last, len(fold))
