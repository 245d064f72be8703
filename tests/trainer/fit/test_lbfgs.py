"""The search finds the least point of functions whose least point is known, and where SciPy finds that of a fit."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from trainer.fit.lbfgs import MEMORY, Objective, minimise

Doubles = npt.NDArray[np.float64]


def quadratic(curvatures: Doubles, least: Doubles) -> Objective:
    """Return a bowl that is ``curvatures`` steep along each axis."""

    def objective(point: Doubles) -> tuple[float, Doubles]:
        away = point - least
        return float(curvatures @ away**2) / 2, curvatures * away

    return objective


def logistic(size: int, *, seed: int) -> Objective:
    """Return the penalised log-loss of so many weights on random rows of two classes."""
    dice = np.random.default_rng(seed)
    rows = dice.normal(size=(200, size)) * dice.uniform(0.1, 10, size)
    signs = dice.choice([-1.0, 1.0], 200)

    def objective(point: Doubles) -> tuple[float, Doubles]:
        margins = signs * (rows @ point)
        gradient = -rows.T @ (signs / (1 + np.exp(np.clip(margins, -700, 700)))) + 0.1 * point
        return float(np.logaddexp(0, -margins).sum() + 0.05 * point @ point), gradient

    return objective


@given(st.lists(st.tuples(st.floats(0.01, 100), st.floats(-50, 50)), min_size=1, max_size=30))
def test_the_least_point_of_a_bowl_is_found(axes: list[tuple[float, float]]) -> None:
    curvatures, least = (np.array(column) for column in zip(*axes, strict=True))
    found = minimise(quadratic(curvatures, least), np.zeros(len(axes)), tolerance=1e-12, max_iterations=500)
    assert found.value < 1e-6 * max(1.0, float(curvatures @ least**2))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [1, MEMORY, 60])
def test_it_ends_where_scipy_ends(size: int, seed: int) -> None:
    objective = logistic(size, seed=seed)
    theirs = minimize(objective, np.zeros(size), jac=True, method="L-BFGS-B", options={"maxiter": 2_000, "ftol": 1e-12})
    ours = minimise(objective, np.zeros(size), tolerance=1e-12, max_iterations=2_000)
    assert ours.value == pytest.approx(float(theirs.fun), rel=1e-6)
    np.testing.assert_allclose(ours.point, theirs.x, atol=1e-2)


def test_no_iteration_raises_the_value_and_their_number_is_kept() -> None:
    objective = logistic(60, seed=1)
    values = [minimise(objective, np.zeros(60), tolerance=0.0, max_iterations=most).value for most in range(1, 30)]
    assert values == sorted(values, reverse=True)
    assert minimise(objective, np.zeros(60), tolerance=0.0, max_iterations=7).iterations == 7


def test_a_start_at_the_least_point_stays_there() -> None:
    least = np.array([3.0, -2.0])
    found = minimise(quadratic(np.array([1.0, 5.0]), least), least.copy(), tolerance=1e-9, max_iterations=100)
    np.testing.assert_array_equal(found.point, least)
    assert found.iterations == 1


def test_a_wider_tolerance_ends_sooner() -> None:
    objective = logistic(60, seed=2)
    wide, narrow = (minimise(objective, np.zeros(60), tolerance=at, max_iterations=999) for at in (1e-2, 1e-9))
    assert wide.iterations < narrow.iterations
    assert wide.value > narrow.value
