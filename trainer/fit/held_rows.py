"""Held rows: the rows of the calibration fold that thresholds are chosen from, and proven with."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scorer.model.calibration import RawScores
from scorer.model.thresholds import Thresholds
from trainer.fit.calibrate import LabelledRows, part_of
from trainer.fit.choose_thresholds import choose_thresholds

_Floats = npt.NDArray[np.float64]


class HeldRows(NamedTuple):
    """Rows of the calibration fold: cross-fitted probabilities [rows, categories], labels, and what is known of them.

    ``labels`` are category indices, ``merchant`` numbers each row's merchant, and ``part`` is the part of the merchants
    with which it was calibrated. ``is_known`` says which merchants have a history, ``evidence`` what is known of each
    wording.
    """

    shares: _Floats
    labels: npt.NDArray[np.int64]
    merchant: npt.NDArray[np.int64]
    part: npt.NDArray[np.int64]
    is_known: npt.NDArray[np.bool_]
    evidence: npt.NDArray[np.uint8]

    def rows(self, kept: npt.NDArray[np.bool_]) -> "HeldRows":
        """Return the rows of a mask."""
        return HeldRows(
            self.shares[kept],
            self.labels[kept],
            self.merchant[kept],
            self.part[kept],
            self.is_known[kept],
            self.evidence[kept],
        )

    def choose_thresholds(self, *, fragments: float, target_precision: float, labels_times: float = 1.0) -> Thresholds:
        """Return the thresholds that these rows prove, by categories (``trainer.fit.choose_thresholds``)."""
        return choose_thresholds(
            self.shares,
            self.labels,
            self.merchant,
            is_known=self.is_known,
            evidence=self.evidence,
            fragments=fragments,
            target_precision=target_precision,
            labels_times=labels_times,
        )


def held_rows(shares: _Floats, fold: LabelledRows, raw: RawScores) -> HeldRows:
    """Return the rows of a fold, of which ``raw`` says what is known; the parts are those of its calibration."""
    names, merchant = np.unique(np.array(fold.keys, dtype=np.str_), return_inverse=True)
    part = np.array([part_of(name) for name in names.tolist()], dtype=np.int64)
    return HeldRows(shares, fold.labels, merchant.astype(np.int64), part[merchant], raw.is_known, raw.evidence)
