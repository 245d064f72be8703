"""The floor of a category is the release's own, unless the rollout record gives it another."""

import numpy as np
import pytest

from schemas.events.overrides import NO_OVERRIDES, Override
from schemas.taxonomy import CATEGORIES, Category
from scorer.model.model import as_bits
from scorer.model.rule_floor import RuleFloor, rule_floors

CASH = CATEGORIES.index(Category("Cash"))


def test_a_release_without_a_floor_doubts_no_rule() -> None:
    assert rule_floors(None, NO_OVERRIDES).tolist() == [0.0] * len(CATEGORIES)


def test_the_release_s_floor_holds_for_every_category() -> None:
    assert rule_floors(RuleFloor(value=0.3), NO_OVERRIDES).tolist() == [0.3] * len(CATEGORIES)


def test_an_override_takes_its_place_in_one_category_also_with_nothing() -> None:
    floors = rule_floors(RuleFloor(value=0.3), {Category("Cash"): Override(rule_floor=0.0)})
    assert floors[CASH] == 0.0
    assert sorted({*floors.tolist()}) == [0.0, 0.3]
    assert rule_floors(None, {Category("Cash"): Override(rule_floor=0.7)})[CASH] == 0.7


def test_an_override_of_something_else_leaves_the_floor() -> None:
    assert rule_floors(RuleFloor(value=2.0), {Category("Cash"): Override(muted=True)})[CASH] == 2.0


@pytest.mark.parametrize("count", [2, 22, 62, 63, 64, 65, 200])
def test_each_category_has_its_bit_however_many_there_are(count: int) -> None:
    flags = np.random.default_rng(count).random((50, count)) < 0.5
    flags[0], flags[1] = True, False
    words = as_bits(flags).tolist()
    assert words == [sum(1 << place for place in np.flatnonzero(row).tolist()) for row in flags]
    assert as_bits(np.empty((0, count), dtype=np.bool_)).tolist() == []
