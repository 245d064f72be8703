"""L-BFGS: the least point of a smooth convex function of many numbers, none of which is bounded.

The search is that of Nocedal and Wright (Numerical Optimization, 2006, algorithms 7.4 and 7.5): the two-loop recursion
over the last steps gives a direction, and a step along it is shortened until the function falls enough (Armijo).
SciPy's L-BFGS-B finds the same point, but three quarters of its time went to bounds, which are not wanted here:
150 iterations over 136,472 numbers took 2.3 s of CPU there and 1.0 s here (docs/EXPERIMENTS.md).
"""

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

MEMORY: Final = 8  # past steps that give the direction
SUFFICIENT_FALL: Final = 1e-4  # of what the slope promises (c1 of the Armijo condition)
SHORTEST_STEP: Final = 1e-10
_MOST_CUT, _LEAST_CUT = 0.1, 0.5  # to what part of itself a step is shortened, at most and at least
_FLAT: Final = 1e-10  # curvature relative to the gradient's change below which a step teaches nothing

_Doubles = npt.NDArray[np.float64]
_Floats = npt.NDArray[np.float32]
Objective = Callable[[_Doubles], tuple[float, _Doubles]]


class SearchResult(NamedTuple):
    """Where the search ended, float64 [size], the value there, and after how many iterations."""

    point: _Doubles
    value: float
    iterations: int


class _Step(NamedTuple):
    """How far the point and the gradient moved, float32 [size], and one over the product of both."""

    point: _Floats
    gradient: _Floats
    inverse: float


def minimise(objective: Objective, start: _Doubles, *, tolerance: float, max_iterations: int) -> SearchResult:
    """Search from ``start`` until an iteration lowers the value by no more than ``tolerance`` of it.

    ``objective`` gives the value and the gradient float64 [size] at a point.
    """
    point = start
    value, gradient = objective(point)
    steps: deque[_Step] = deque(maxlen=MEMORY)
    scale = 1.0 / max(1.0, float(np.linalg.norm(gradient)))  # of the first step, of which nothing is known
    for number in range(1, max_iterations + 1):
        direction = _direction(gradient, steps, scale)
        slope = float(gradient @ direction)
        length = 1.0
        while True:
            there = point + length * direction
            value_there, gradient_there = objective(there)
            if value_there <= value + SUFFICIENT_FALL * length * slope:
                break
            # The least point of the parabola through both values and the slope.
            parabola = -slope * length / (2 * (value_there - value - slope * length))
            length *= min(_LEAST_CUT, max(_MOST_CUT, parabola))
            if length < SHORTEST_STEP:
                return SearchResult(point, value, number)
        moved, turned = there - point, gradient_there - gradient
        curvature, change = float(moved @ turned), float(turned @ turned)
        fall = value - value_there
        point, value, gradient = there, value_there, gradient_there
        if curvature > _FLAT * change:
            steps.append(_Step(moved.astype(np.float32), turned.astype(np.float32), 1.0 / curvature))
            scale = curvature / change
        if fall <= tolerance * max(abs(value), 1.0):
            return SearchResult(point, value, number)
    return SearchResult(point, value, max_iterations)


def _direction(gradient: _Doubles, steps: deque[_Step], scale: float) -> _Doubles:
    """Return minus the gradient times the inverse curvature that the steps have met (the two-loop recursion)."""
    found = gradient.astype(np.float32)
    shares = []
    for step in reversed(steps):
        share = step.inverse * float(step.point @ found)
        found -= np.float32(share) * step.gradient
        shares.append(share)
    found *= np.float32(scale)
    for step, share in zip(steps, reversed(shares), strict=True):
        found += np.float32(share - step.inverse * float(step.gradient @ found)) * step.point
    return -found.astype(np.float64)
