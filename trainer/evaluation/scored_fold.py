"""Scored fold: the gate fold as a model answered it, from which card, gate and reference are made."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scorer.monitoring.drift import Rows, refer
from scorer.release.drift_baseline import Reference
from trainer.evaluation.merchants import design_effect


@dataclass(frozen=True, slots=True)
class Judged:
    """Calibrated probabilities float64 [rows, categories] beside what is known of each row.

    ``labels`` are category indices, ``keys`` merchant keys, ``numeric`` the row-local features float32 [rows,
    numbers], ``is_known`` whether the merchant has a history in the release, ``evidence`` what is known of the wording.
    """

    shares: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]
    keys: tuple[str, ...]
    numeric: npt.NDArray[np.float32]
    is_known: npt.NDArray[np.bool_]
    evidence: npt.NDArray[np.uint8]

    @property
    def best(self) -> npt.NDArray[np.int64]:
        """The most probable category of each row."""
        return np.asarray(self.shares.argmax(axis=1), dtype=np.int64)

    @property
    def confidence(self) -> npt.NDArray[np.float64]:
        """The probability of the best category of each row."""
        return np.asarray(self.shares.max(axis=1), dtype=np.float64)

    @property
    def is_right(self) -> npt.NDArray[np.bool_]:
        """Whether the best category is the label."""
        return np.asarray(self.best == self.labels, dtype=np.bool_)


def refer_to(judged: Judged) -> Reference:
    """Return what a worker holds the transactions of later days against."""
    return Reference(
        rows=len(judged.labels),
        design_effect=round(design_effect(judged.is_right, judged.keys), 6),
        histograms=refer(Rows(judged.numeric, judged.is_known, judged.best)),
    )
