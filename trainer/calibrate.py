"""Calibrate: fit a temperature, and isotonic knots only where they help rows that they were not fitted on."""

from typing import Final
from zlib import crc32

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from sklearn.isotonic import IsotonicRegression

from schemas.taxonomy import CATEGORIES
from scorer.calibration import Calibration, Knots, Probabilities
from trainer.evaluate import log_loss
from trainer.table import TrainingTable

CROSS_FITS: Final = 5
FEWEST_POSITIVES: Final = 30
SHRINKAGE: Final = 200.0  # positives at which a category's isotonic map counts for half
SMALLEST_GAIN: Final = 1e-3  # of log-loss, for which knots are worth having
_EDGE: Final = 1e-4  # no knot says never or always
_TEMPERATURES: Final = (0.2, 5.0)

_Raw = npt.NDArray[np.float32]


def calibrate(raw: _Raw, fold: TrainingTable) -> tuple[Calibration, Probabilities]:
    """Return the calibration of raw scores [rows, categories], and the fold's cross-fitted probabilities.

    No row's cross-fitted probability has seen a label of its own merchant.
    """
    first, last = (str(fold.occurred_at[place].astype("datetime64[s]"))[:10] for place in (0, -1))
    labels = fold.labels
    part = np.array([crc32(key.encode("utf-8", "surrogatepass")) % CROSS_FITS for key in fold.keys])
    plain = _cross_fit(raw, labels, part, with_knots=False)
    bent = _cross_fit(raw, labels, part, with_knots=True)
    use_knots = log_loss(bent, labels) < log_loss(plain, labels) - SMALLEST_GAIN
    fitted = _fit(raw, labels, with_knots=use_knots)
    described = msgspec.structs.replace(fitted, fitted_rows=len(fold), fitted_from=first, fitted_to=last)
    return described, bent if use_knots else plain


def _cross_fit(
    raw: _Raw, labels: npt.NDArray[np.int64], part: npt.NDArray[np.int64], *, with_knots: bool
) -> Probabilities:
    out = np.empty(raw.shape, dtype=np.float64)
    for held in np.unique(part):
        out[part == held] = _fit(raw[part != held], labels[part != held], with_knots=with_knots).apply(
            raw[part == held]
        )
    return out


def _fit(raw: _Raw, labels: npt.NDArray[np.int64], *, with_knots: bool) -> Calibration:
    if not len(labels):
        return Calibration(temperature=1.0)

    def loss(log_temperature: float) -> float:
        return log_loss(Calibration(temperature=float(np.exp(log_temperature))).apply(raw), labels)

    found = minimize_scalar(loss, bounds=np.log(_TEMPERATURES), method="bounded", options={"xatol": 1e-4})
    scaled = Calibration(temperature=float(np.exp(found.x)))
    if not with_knots:
        return scaled
    shares = scaled.apply(raw)
    knots = tuple(_knots(shares[:, category], labels == category) for category in range(len(CATEGORIES)))
    return msgspec.structs.replace(scaled, knots=knots)


def _knots(shares: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_]) -> Knots | None:
    """Return the isotonic map of one category, None where the fold holds too few rows of it."""
    positives = int(truth.sum())
    if positives < FEWEST_POSITIVES:
        return None
    isotonic = IsotonicRegression(y_min=_EDGE, y_max=1 - _EDGE, out_of_bounds="clip").fit(shares, truth)
    x, place = np.unique(isotonic.X_thresholds_, return_index=True)
    if len(x) < 2:
        return None
    y = np.maximum.accumulate(isotonic.y_thresholds_[place])
    return Knots(tuple(map(float, x)), tuple(map(float, y)), positives / (positives + SHRINKAGE))
