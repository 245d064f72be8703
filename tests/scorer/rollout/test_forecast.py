"""The forecast names a day before which the labels cannot decide, and the one that they are on course for."""

from pathlib import Path

import msgspec
import pytest

import scorer
from scorer.rollout.forecast import Forecast, forecast
from scorer.rollout.paired_outcomes import Signs
from scorer.rollout.policy import Step, parse_policy
from scorer.rollout.sequential_test import e_better

POLICY = parse_policy((Path(scorer.__file__).parent / "rollout" / "policies" / "default.yml").read_text())


def step(paired: str) -> Step:
    return msgspec.structs.replace(POLICY.steps[-1], paired=paired)


def test_a_step_that_asks_no_labels_has_no_forecast() -> None:
    assert forecast(POLICY, step("not asked"), Signs(1, 2, 3), days=4) is None


def test_on_the_named_day_the_evidence_is_there_and_half_a_day_before_it_was_not() -> None:
    signs, days = Signs(12, 8, 100), 5.0
    found = forecast(POLICY, step("better"), signs, days=days)
    assert found is not None and found.earliest is not None and found.expected is not None
    per_day = 20 / days
    assert e_better(12 + per_day * found.earliest, 8) >= POLICY.e_bar
    assert e_better(12 + per_day * (found.earliest - 0.6), 8) < POLICY.e_bar
    assert found.earliest < found.expected


@pytest.mark.parametrize("paired", ["better", "not worse"])
def test_without_labels_or_with_a_bad_model_there_is_no_day(paired: str) -> None:
    assert forecast(POLICY, step(paired), Signs(0, 0, 0), days=9) == Forecast(None, None)
    found = forecast(POLICY, step(paired), Signs(10, 30, 400), days=9)
    assert found is not None and found.expected is None


def test_what_is_decided_needs_no_more_days() -> None:
    assert forecast(POLICY, step("better"), Signs(90, 30, 400), days=9) == Forecast(0.0, 0.0)
    assert forecast(POLICY, step("not worse"), Signs(90, 30, 40_000), days=9) == Forecast(0.0, 0.0)


def test_a_model_that_is_as_good_needs_longer_to_be_called_not_worse_than_one_that_is_better() -> None:
    equal = forecast(POLICY, step("not worse"), Signs(40, 40, 400), days=10)
    better = forecast(POLICY, step("not worse"), Signs(60, 40, 400), days=10)
    assert equal is not None and better is not None
    assert equal.expected is not None and better.expected is not None
    assert better.expected < equal.expected


def test_labels_that_are_given_at_once_bring_the_day_nearer_and_may_decide_it() -> None:
    signs = Signs(12, 6, 40)
    alone = forecast(POLICY, step("better"), signs, days=9)
    helped = forecast(POLICY, step("better"), signs, days=9, labels=20)
    assert alone is not None and helped is not None
    assert alone.expected is not None and helped.expected is not None
    assert 0.0 < helped.expected < alone.expected
    assert forecast(POLICY, step("better"), signs, days=9, labels=5_000) == Forecast(0.0, 0.0)
    assert forecast(POLICY, step("better"), Signs(0, 0, 0), days=9, labels=10) == Forecast(0.0, None)
