"""A new model and the champion answer the same rows; the bound of the difference is drawn over merchants."""

import numpy as np
import pytest

from trainer.evaluation.champion_comparison import compare_with_champion

LABELS = np.arange(400, dtype=np.int64) % 4
KEYS = tuple(f"shop {row // 5}" for row in range(400))


def wrong(every: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return answers of which one in so many is wrong."""
    found = LABELS.copy()
    found[::every] = (found[::every] + 1) % 4
    return found


def test_a_model_beside_itself_differs_by_nothing() -> None:
    found = compare_with_champion("m-1", champion=wrong(7), best=wrong(7), labels=LABELS, keys=KEYS, seed=7)
    assert (found.champion, found.difference, found.lower_bound) == ("m-1", 0.0, 0.0)


def test_a_better_model_is_better_by_more_than_chance() -> None:
    found = compare_with_champion("m-1", champion=wrong(3), best=wrong(50), labels=LABELS, keys=KEYS, seed=7)
    assert 0.0 < found.lower_bound < found.difference


def test_the_other_way_round_it_is_worse_by_as_much() -> None:
    ahead = compare_with_champion("m-1", champion=wrong(3), best=wrong(50), labels=LABELS, keys=KEYS, seed=7)
    behind = compare_with_champion("m-1", champion=wrong(50), best=wrong(3), labels=LABELS, keys=KEYS, seed=7)
    assert behind.difference == pytest.approx(-ahead.difference)
    assert behind.lower_bound < behind.difference


def test_what_one_merchant_decides_is_not_proven() -> None:
    best, champion = LABELS.copy(), LABELS.copy()
    champion[:5] = (champion[:5] + 1) % 4  # five rows of one shop
    found = compare_with_champion("m-1", champion=champion, best=best, labels=LABELS, keys=KEYS, seed=7)
    assert found.difference > 0.0
    assert found.lower_bound == 0.0


def test_an_answer_that_no_label_has_is_no_error() -> None:
    champion = np.full(400, 9, dtype=np.int64)
    found = compare_with_champion("m-1", champion=champion, best=LABELS, labels=LABELS, keys=KEYS, seed=7)
    assert found.difference == 1.0
