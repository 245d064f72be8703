"""The exact bounds of a share are those of scipy's binomial test, and hold at the edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from scorer.intervals import clopper_pearson_high, clopper_pearson_low

TAIL = 0.05


@pytest.mark.parametrize(("hits", "misses"), [(1, 0), (5, 5), (90, 10), (1, 999), (999, 1)])
def test_the_bounds_are_those_of_another_implementation(hits: int, misses: int) -> None:
    theirs = binomtest(hits, hits + misses).proportion_ci(confidence_level=1 - 2 * TAIL, method="exact")
    assert clopper_pearson_low(hits, misses, tail=TAIL) == pytest.approx(theirs.low)
    if misses:
        assert clopper_pearson_high(hits, misses, tail=TAIL) == pytest.approx(theirs.high)


@given(st.integers(1, 10_000), st.integers(1, 10_000), st.sampled_from([0.01, 0.05, 0.2]))
def test_the_share_lies_between_its_bounds_and_more_certainty_moves_them_apart(
    hits: int, misses: int, tail: float
) -> None:
    low, high = clopper_pearson_low(hits, misses, tail=tail), clopper_pearson_high(hits, misses, tail=tail)
    assert 0.0 < low < hits / (hits + misses) < high < 1.0
    assert clopper_pearson_low(hits, misses, tail=tail / 2) < low
    assert clopper_pearson_high(hits, misses, tail=tail / 2) > high


@given(st.integers(1, 500), st.integers(1, 500))
def test_a_bound_of_hits_is_that_of_misses_seen_from_the_other_side(hits: int, misses: int) -> None:
    assert clopper_pearson_low(hits, misses, tail=TAIL) == pytest.approx(
        1.0 - clopper_pearson_high(misses, hits, tail=TAIL)
    )


def test_arrays_give_arrays_and_counts_may_be_divided_by_a_design_effect() -> None:
    hits, misses = np.array([9.0, 90.0]), np.array([1.0, 10.0])
    low = clopper_pearson_low(hits, misses, tail=TAIL)
    assert low.shape == (2,)
    assert low[0] < low[1]
    assert clopper_pearson_low(90.0 / 2.5, 10.0 / 2.5, tail=TAIL) < low[1]
