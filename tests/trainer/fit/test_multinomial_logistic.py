"""Softmax fit: the least of a convex objective, wherever the search begins."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from trainer.fit import multinomial_logistic
from trainer.fit.multinomial_logistic import LinearWeights, fit_multinomial

DICE = np.random.default_rng(5)
ROWS, FEATURES, COUNT = 300, 40, 3
HALF = DICE.random((ROWS, FEATURES // 2)) * (DICE.random((ROWS, FEATURES // 2)) < 0.2)
# Every second column is a multiple of its neighbour, which the fit may not show.
MATRIX = csr_array(
    np.stack((HALF, HALF * np.linspace(0.5, 2, FEATURES // 2)), axis=2).reshape(ROWS, -1), dtype=np.float32
)
CLASSES = DICE.integers(0, COUNT, ROWS)
WEIGHTS = DICE.uniform(0.5, 5.0, ROWS)


def fitted(start: LinearWeights | None = None) -> LinearWeights:
    return fit_multinomial(MATRIX, CLASSES, WEIGHTS, count=COUNT, penalty=0.5, tolerance=1e-12, start=start)


@pytest.fixture(autouse=True)
def _to_the_last_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multinomial_logistic, "MAX_ITERATIONS", 1_000)


def test_weights_are_those_of_another_solver() -> None:
    found = fitted()
    solver = LogisticRegression(C=1 / 0.5, tol=1e-10, max_iter=10_000)
    solver.fit(MATRIX, CLASSES, sample_weight=WEIGHTS)
    assert np.allclose(found.weights.T, solver.coef_, atol=2e-2)
    # A constant added to every intercept changes nothing.
    assert found.intercept - found.intercept.mean() == pytest.approx(
        solver.intercept_ - solver.intercept_.mean(), abs=2e-2
    )
    plain = fit_multinomial(MATRIX, CLASSES, np.ones(ROWS), count=COUNT, penalty=0.5, tolerance=1e-12)
    assert not np.allclose(plain.weights, found.weights, atol=0.05)


def test_where_the_search_begins_does_not_decide() -> None:
    far = LinearWeights(DICE.normal(size=(FEATURES, COUNT)), np.array([3.0, -2.0, 1.0]))
    here, there = fitted(), fitted(far)
    assert there.weights == pytest.approx(here.weights, abs=2e-2)
    assert there.intercept - there.intercept.mean() == pytest.approx(here.intercept - here.intercept.mean(), abs=2e-2)
