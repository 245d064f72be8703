"""Calibrate: fit a temperature, and isotonic knots only where they help rows that they were not fitted on."""

from typing import Final
from zlib import crc32

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from sklearn.isotonic import IsotonicRegression

from schemas.taxonomy import CATEGORIES
from scorer.calibration import Calibration, Knots, Probabilities, RawScores
from trainer.evaluate import log_loss
from trainer.table import TrainingTable

CROSS_FITS: Final = 5
FEWEST_POSITIVES: Final = 30
FEWEST_ROWS: Final = 100  # for a temperature of their own
SHRINKAGE: Final = 200.0  # positives at which a category's isotonic map counts for half
SMALLEST_GAIN: Final = 1e-3  # of log-loss, for which knots are worth having
_EDGE: Final = 1e-4  # no knot says never or always
_TEMPERATURES: Final = (0.2, 5.0)


def calibrate(raw: RawScores, fold: TrainingTable) -> tuple[Calibration, Probabilities]:
    """Return the calibration of the fold's raw scores, and the fold's cross-fitted probabilities.

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
    raw: RawScores, labels: npt.NDArray[np.int64], part: npt.NDArray[np.int64], *, with_knots: bool
) -> Probabilities:
    out = np.empty(raw.scores.shape, dtype=np.float64)
    for held in np.unique(part):
        is_held = part == held
        fitted = _fit(raw.rows(~is_held), labels[~is_held], with_knots=with_knots)
        out[is_held] = fitted.apply(raw.rows(is_held))
    return out


def _fit(raw: RawScores, labels: npt.NDArray[np.int64], *, with_knots: bool) -> Calibration:
    known = _temperature(raw, labels, raw.is_known, fallback=1.0)
    unknown = _temperature(raw, labels, ~raw.is_known, fallback=known)
    scaled = Calibration(temperature=known, temperature_unknown=unknown)
    if not with_knots:
        return scaled
    shares = scaled.apply(raw)
    knots = tuple(_knots(shares[:, category], labels == category) for category in range(len(CATEGORIES)))
    return msgspec.structs.replace(scaled, knots=knots)


def _temperature(
    raw: RawScores, labels: npt.NDArray[np.int64], kept: npt.NDArray[np.bool_], *, fallback: float
) -> float:
    """Return the temperature of the least log-loss on some rows, ``fallback`` where they are too few."""
    if kept.sum() < FEWEST_ROWS:
        return fallback
    scores, truth = raw.rows(kept), labels[kept]

    def loss(log_temperature: float) -> float:
        temperature = float(np.exp(log_temperature))
        return log_loss(Calibration(temperature=temperature, temperature_unknown=temperature).apply(scores), truth)

    found = minimize_scalar(loss, bounds=np.log(_TEMPERATURES), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x))


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
