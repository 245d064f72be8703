"""A merchant is one piece of evidence: its sign is that of its first day's labels, whatever comes later."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.rollout.paired_outcomes import RIGHT, SILENT, WRONG, Pair, Signs, count_signs, sign_days, worth


@pytest.mark.parametrize(
    ("served", "label", "value"), [("Cash", "Cash", RIGHT), ("Cash", "Dining", WRONG), (None, "Dining", SILENT)]
)
def test_silence_is_worth_more_than_a_wrong_answer_and_less_than_a_right_one(
    served: str | None, label: str, value: float
) -> None:
    assert worth(served, label) == value
    assert WRONG < SILENT < RIGHT


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        pytest.param([], {}, id="nothing"),
        pytest.param([Pair("a", 3, 1.0)], {"a": (3, 1)}, id="one label"),
        pytest.param([Pair("a", 3, 1.0), Pair("a", 3, -2.0)], {"a": (3, -1)}, id="labels of one day are summed"),
        pytest.param([Pair("a", 3, 1.0), Pair("a", 3, -1.0)], {"a": (3, 0)}, id="and may cancel"),
        pytest.param([Pair("a", 3, 1.0), Pair("a", 4, -2.0)], {"a": (3, 1)}, id="a later day turns nothing"),
        pytest.param([Pair("a", 4, -2.0), Pair("a", 3, 1.0)], {"a": (3, 1)}, id="whatever comes first"),
        pytest.param([Pair("a", 3, 2.0), Pair("b", 1, -0.5)], {"a": (3, 1), "b": (1, -1)}, id="each its own"),
    ],
)
def test_the_first_day_of_a_merchant_gives_its_sign(pairs: list[Pair], found: dict[str, tuple[int, int]]) -> None:
    assert sign_days(pairs) == found


PAIRS = st.lists(
    st.builds(Pair, st.sampled_from("abc"), st.integers(0, 4), st.sampled_from([-2.0, -1.0, 0.0, 1.0, 2.0]))
)


@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_in_which_labels_settle_changes_no_sign(pairs: list[Pair], dice: random.Random) -> None:
    shuffled = list(pairs)
    dice.shuffle(shuffled)
    assert sign_days(shuffled) == sign_days(pairs)


@given(PAIRS)
def test_each_merchant_counts_once(pairs: list[Pair]) -> None:
    signs = count_signs(pairs)
    assert sum(signs) == len({pair.merchant for pair in pairs})
    turned = count_signs([pair._replace(difference=-pair.difference) for pair in pairs])
    assert turned == Signs(signs.worse, signs.better, signs.alike)
