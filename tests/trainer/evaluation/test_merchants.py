"""Merchants: what rows are worth, and intervals that hold what they promise."""

import numpy as np
import pytest

from trainer.evaluation.category_report import intervals
from trainer.evaluation.evaluate import macro_f1
from trainer.evaluation.merchants import DRAWS, design_effect, draws, f1_draws, mean_draws

TRIALS = 100


@pytest.mark.parametrize(
    ("merchants", "expected"),
    [
        pytest.param(1_000, 1.0, id="every row its own"),
        pytest.param(100, 10.0, id="ten rows each, all right or all wrong"),
    ],
)
def test_the_design_effect_is_the_size_of_a_merchant_that_is_all_right_or_all_wrong(
    merchants: int, expected: float
) -> None:
    merchant = np.arange(1_000) % merchants
    right = (merchant % 2).astype(bool)
    assert design_effect(right, [str(number) for number in merchant]) == pytest.approx(expected)


@pytest.mark.parametrize("merchants", [1, 9, 5_000], ids=["one", "a few", "more than a piece holds"])
def test_each_draw_holds_as_many_merchants_as_there_are(merchants: int) -> None:
    drawn = np.concatenate(list(draws(merchants, seed=3)))
    assert drawn.shape == (DRAWS, merchants)
    assert (drawn.sum(axis=1) == merchants).all()
    assert drawn.mean() == 1.0


def test_the_f1_of_a_draw_is_that_of_its_rows() -> None:
    dice = np.random.default_rng(2)
    labels, best, merchant = (dice.integers(0, 3, 200) for _ in range(3))
    keys = [f"m{place}" for place in merchant]
    drawn = np.concatenate(list(draws(3, seed=5)))[0].astype(int)
    rows = np.concatenate([np.tile(np.flatnonzero(merchant == place), times) for place, times in enumerate(drawn)])
    assert np.nanmean(f1_draws(best, labels, keys, 3, seed=5)[0]) == pytest.approx(macro_f1(best[rows], labels[rows]))


def test_an_interval_holds_the_true_f1_nineteen_times_of_twenty() -> None:
    """Merchants of one to forty rows, each right or wrong as a whole for 80 %: the true F1 of category 0 is 8/9."""
    dice, held = np.random.default_rng(7), 0
    for trial in range(TRIALS):
        sizes = dice.integers(1, 40, 60)
        right = dice.random(60) < 0.8
        keys = [f"m{place}" for place, size in enumerate(sizes.tolist()) for _ in range(size)]
        labels = np.zeros(len(keys), dtype=np.int64)
        low, high = intervals(np.where(np.repeat(right, sizes), 0, 1), labels, keys, seed=trial).categories["Groceries"]
        held += low <= 8 / 9 <= high
    assert 0.88 <= held / TRIALS <= 0.99


def test_fewer_merchants_than_can_be_drawn_from_say_nothing() -> None:
    labels = np.zeros(300, dtype=np.int64)
    found = intervals(labels + 1, labels, [f"m{place % 3}" for place in range(300)], seed=1)
    assert found.categories == {"Groceries": (0.0, 1.0)}
    assert found.macro_f1 == (0.0, 1.0)


def test_the_mean_of_a_draw_weighs_merchants_by_their_rows() -> None:
    values = np.array([1.0, 1.0, 1.0, 0.0])
    found = set(np.round(mean_draws(values, ["a", "a", "a", "b"], seed=1), 6).tolist())
    assert found == {0.0, 0.75, 1.0}
