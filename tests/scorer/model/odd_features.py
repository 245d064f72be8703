"""Odd features: rows whose values are often thresholds themselves, and sometimes none that a number line has."""

import numpy as np
import numpy.typing as npt

from scorer.features.features import FEATURE_NAMES

ODD = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, np.finfo(np.float32).tiny], np.float32)


def odd_features(rows: int, seed: int) -> npt.NDArray[np.float32]:
    """Return float32 [rows, features], of which a twentieth is no ordinary number."""
    draw = np.random.default_rng(seed)
    features = plain_features(rows, seed)
    odd = draw.random(features.shape) < 0.05
    features[odd] = draw.choice(ODD, odd.sum())
    return features


def plain_features(rows: int, seed: int) -> npt.NDArray[np.float32]:
    """Return float32 [rows, features] on a coarse grid, so that thresholds are met exactly."""
    draw = np.random.default_rng(seed)
    return draw.integers(-20, 20, size=(rows, len(FEATURE_NAMES))).astype(np.float32) / np.float32(4)
