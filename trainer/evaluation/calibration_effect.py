"""Calibration effect: how well probabilities mean what they say, and whether calibration worsened them."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from trainer.evaluation.evaluate import brier, class_wise_ece, log_loss, top_label_ece

MEASURES: Final = {"log_loss": "log-loss", "brier": "Brier score", "ece": "ECE"}  # by which calibration is judged


def quality(shares: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> dict[str, float]:
    """Return the measures of probabilities [rows, categories], less is better; ECE is that of the best category."""
    return {
        "ece": top_label_ece(shares, labels),
        "class_wise_ece": class_wise_ece(shares, labels),
        "log_loss": log_loss(shares, labels),
        "brier": brier(shares, labels),
    }


def worsened(before: Mapping[str, float], after: Mapping[str, float]) -> str | None:
    """Return what stands against a calibration that worsened every measure, None where it improved one or kept it.

    Both are of the same rows, none of which it was fitted on, as ``quality`` gives them.
    """
    if any(after[name] <= before[name] for name in MEASURES):
        return None
    numbers = ", ".join(f"{said} {before[name]:.4f} to {after[name]:.4f}" for name, said in MEASURES.items())
    return f"calibration worsened every measure on the gate fold: {numbers}"
