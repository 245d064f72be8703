"""Scored fold: the gate fold with a model's predictions, from which card, gate and drift baseline are made."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scorer.monitoring.drift import Rows, refer
from scorer.release.drift_baseline import Reference
from trainer.evaluation.merchants import design_effect


@dataclass(frozen=True, slots=True)
class ScoredFold:
    """Calibrated probabilities float64 [rows, categories] beside what is known of each row.

    ``labels`` are category indices, ``keys`` merchant keys, ``numeric`` the row-local features float32 [rows,
    numbers], ``is_known`` whether the merchant has a history in the release, ``evidence`` what is known of the wording.
    """

    probabilities: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]
    keys: tuple[str, ...]
    numeric: npt.NDArray[np.float32]
    is_known: npt.NDArray[np.bool_]
    evidence: npt.NDArray[np.uint8]

    @property
    def best(self) -> npt.NDArray[np.int64]:
        """The most probable category of each row."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)

    @property
    def confidence(self) -> npt.NDArray[np.float64]:
        """The probability of the best category of each row."""
        return np.asarray(self.probabilities.max(axis=1), dtype=np.float64)

    @property
    def is_correct(self) -> npt.NDArray[np.bool_]:
        """Whether the best category is the label."""
        return np.asarray(self.best == self.labels, dtype=np.bool_)


def drift_baseline_of(fold: ScoredFold) -> Reference:
    """Return what a worker holds the transactions of later days against."""
    return Reference(
        rows=len(fold.labels),
        design_effect=round(design_effect(fold.is_correct, fold.keys), 6),
        histograms=refer(Rows(fold.numeric, fold.is_known, fold.best)),
    )
