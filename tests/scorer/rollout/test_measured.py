"""A number of the standing that cannot be one counts as not measured, and is named."""

import math

import msgspec
import pytest

from schemas.events.rollout import CriterionValue
from scorer.rollout.measured import measured
from scorer.rollout.metrics import Standing

SOUND = Standing(percent=10.0, has_model=True, users=50.0, criteria={"sales": CriterionValue(value=-4.0)})


def test_a_sound_standing_stays_as_it_is_and_a_criterion_may_be_negative() -> None:
    assert measured(SOUND) == (SOUND, [])


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_a_count_that_is_none_is_not_measured(value: float) -> None:
    found, faults = measured(msgspec.structs.replace(SOUND, users=value, percent=value))
    assert (found.users, found.percent) == (None, 0.0)
    assert [fault.partition(" ")[0] for fault in faults] == ["percent", "users"]


def test_a_criterion_that_is_no_number_is_not_measured() -> None:
    found, faults = measured(msgspec.structs.replace(SOUND, criteria={"sales": CriterionValue(value=math.inf)}))
    assert found.criteria == {"sales": CriterionValue()}
    assert faults == ["value of criterion sales is inf: it counts as not measured"]
