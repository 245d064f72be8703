"""Randomness of the simulation is the same on every machine, and its tables are read right up to their edges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.simulation.rng import QUANTILES, counts, dice, lognormal, pick, weighted, zipf

BELOW_ONE = st.floats(0.0, 1.0, exclude_max=True)


def test_the_same_name_gives_the_same_numbers_and_another_gives_others() -> None:
    assert dice("ann", 7).random() == dice("ann", 7).random() == dice("ann/7").random()
    assert dice("ann", 7).random() != dice("ann", 8).random()
    assert dice(7, "payments").random() == 0.09069087714506685  # on every machine


@given(st.lists(st.floats(0.0, 1e6), min_size=1).filter(lambda weights: max(weights) > 1e-3), BELOW_ONE)
def test_every_number_below_one_picks_an_item_with_a_weight(weights: list[float], at: float) -> None:
    assert weights[weighted(enumerate(weights)).pick(at)] > 0


def test_shares_are_those_of_the_weights() -> None:
    table = weighted([("a", 1.0), ("never", 0.0), ("b", 3.0)])
    assert [table.pick(at) for at in (0.0, 0.2499, 0.25, 0.9999)] == ["a", "a", "b", "b"]


@given(st.integers(1, 50), BELOW_ONE)
def test_equally_likely_items_are_picked_within_their_number(size: int, at: float) -> None:
    assert pick(range(size), at) in range(size)
    assert (pick(range(size), 0.0), pick(range(size), 1.0 - 2**-53)) == (0, size - 1)


def test_a_rank_weighs_less_than_the_one_before_it() -> None:
    assert [zipf(rank) for rank in range(100)] == sorted((zipf(rank) for rank in range(100)), reverse=True)


@pytest.mark.parametrize("mean", [0.0, 0.5, 3.0])
def test_counts_have_their_mean(mean: float) -> None:
    table = counts(mean)
    steps = (0.0, *table.steps)
    found = sum(item * (high - low) for item, low, high in zip(table.items, steps, steps[1:], strict=False))
    assert found == pytest.approx(mean, abs=1e-6)


def test_a_log_normal_has_its_median_in_the_middle() -> None:
    quantiles = lognormal(20.0, 0.8)
    assert len(quantiles) == QUANTILES
    assert list(quantiles) == sorted(quantiles)
    assert quantiles[QUANTILES // 2 - 1] < 20.0 < quantiles[QUANTILES // 2]
    assert set(lognormal(5.0, 0.0)) == {5.0}
