"""Multinomial logistic: weights of a multinomial logistic regression over sparse rows.

The objective is convex, so the answer is the same wherever the search starts and only the way there is shorter. Weights
are scaled by the curvature along each feature while they are searched for: rare and common n-grams differ a
hundredfold there, and a search without it stops long before it arrives.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from trainer.fit.collinear import merge_collinear_columns
from trainer.fit.lbfgs import minimise

MAX_ITERATIONS: Final = 150
TOLERANCE: Final = 1e-5  # relative fall of the objective in one step, at which the search ends
_CURVATURE: Final = 0.1  # p (1 - p) of a category that has a tenth of the rows

_Doubles = npt.NDArray[np.float64]


class LinearWeights(NamedTuple):
    """Log-odds float64 [features, classes] and intercepts float64 [classes]."""

    weights: _Doubles
    intercept: _Doubles


def fit_multinomial(
    matrix: csr_array,
    classes: npt.NDArray[np.int64],
    weights: _Doubles,
    *,
    count: int,
    penalty: float,
    tolerance: float = TOLERANCE,
    start: LinearWeights | None = None,
) -> LinearWeights:
    """Return what makes the sum of ``weights`` x log-loss plus ``penalty`` / 2 x squared weights least.

    ``matrix`` is float32 [rows, features], ``classes`` the class of each row from 0 to ``count`` - 1. Intercepts are
    not penalised.
    """
    basis = merge_collinear_columns(matrix)
    matrix = csr_array(matrix @ basis)
    transposed = csr_array(matrix.T)
    features = matrix.shape[1]
    size = features * count
    label_index = (np.arange(len(classes)), classes)
    row_weights = weights.astype(np.float32)
    squares = csr_array((matrix.data**2, matrix.indices, matrix.indptr), shape=matrix.shape)
    scale = 1.0 / np.sqrt(penalty + _CURVATURE * (squares.T @ weights))[:, None]
    initial = np.zeros(size + count)
    if start is not None:
        initial[:size], initial[size:] = ((basis.T @ start.weights) / scale).ravel(), start.intercept

    def objective(point: _Doubles) -> tuple[float, _Doubles]:
        found = point[:size].reshape(features, count) * scale
        shares = matrix @ found.astype(np.float32) + point[size:].astype(np.float32)
        shares -= shares.max(axis=1, keepdims=True)
        of_truth = shares[label_index]
        np.exp(shares, out=shares)
        sums = shares.sum(axis=1)
        loss = float((row_weights * (np.log(sums) - of_truth)).sum(dtype=np.float64))
        shares /= sums[:, None]
        shares[label_index] -= 1.0
        shares *= row_weights[:, None]
        gradient = np.empty(size + count)
        gradient[:size] = ((transposed @ shares + penalty * found) * scale).ravel()
        gradient[size:] = shares.sum(axis=0, dtype=np.float64)
        return loss + penalty / 2 * float((found * found).sum()), gradient

    solution = minimise(objective, initial, tolerance=tolerance, max_iterations=MAX_ITERATIONS).point
    return LinearWeights(basis @ (solution[:size].reshape(features, count) * scale), solution[size:])
