"""Measure: counts by rule, votes by merchant, and a posterior that few labels leave near the prior."""

from random import Random

import pytest

from rules.measure import MeasuredAnswer, RuleMeasurement, RulePrecision
from schemas.events.candidate import Candidate, SuggestionSource
from schemas.taxonomy import Category

RIGHT, WRONG = Category("Groceries"), Category("Dining")


def answered(
    rule_id: str, label: Category | None, merchant: str = "shop", *, stated: float = 0.9, times: int = 1
) -> list[MeasuredAnswer]:
    """Return answers of one rule to one merchant's transactions."""
    return [MeasuredAnswer(Candidate(RIGHT, stated, SuggestionSource.RULES, rule_id=rule_id), label, merchant)] * times


def measured(*answers: list[MeasuredAnswer]) -> dict[str, RulePrecision]:
    """Return what was measured, by rule."""
    measurement = RuleMeasurement()
    for batch in answers:
        measurement.add(batch)
    return {rule.rule_id: rule for rule in measurement.rules()}


def test_what_no_rule_answered_counts_for_none() -> None:
    model = Candidate(RIGHT, 0.9, SuggestionSource.MODEL)
    assert measured([MeasuredAnswer(None, RIGHT, "shop"), MeasuredAnswer(model, RIGHT, "shop")]) == {}


def test_a_rule_without_a_label_has_counts_and_no_precision() -> None:
    rule = measured(answered("a", None, times=3))["a"]
    assert (rule.answers, rule.labelled, rule.measured, rule.lower, rule.is_doubtful) == (3, 0, None, None, False)


def test_the_rule_with_most_answers_comes_first_and_equal_ones_by_name() -> None:
    found = measured(answered("b", RIGHT), answered("a", RIGHT), answered("c", RIGHT, times=2))
    assert list(found) == ["c", "a", "b"]


def test_a_thousand_payments_to_one_shop_say_as_much_as_ten() -> None:
    few = measured(answered("a", RIGHT, times=10))["a"]
    many = measured(answered("a", RIGHT, times=1_000))["a"]
    assert (many.measured, many.lower) == (few.measured, few.lower)
    assert many.labelled == 1_000


def test_one_label_leaves_a_rule_near_the_others_that_state_the_same() -> None:
    others = [answered("many", RIGHT, f"shop {i}") for i in range(90)]
    others += [answered("many", WRONG, f"wrong {i}") for i in range(10)]
    rule = measured(*others, answered("new", WRONG, "new shop"), answered("other", WRONG, "x", stated=0.5))["new"]
    assert rule.measured == pytest.approx((5 * 90 / 101) / 6)


@pytest.mark.parametrize(("right", "doubtful"), [(0.9, False), (0.2, True)], ids=["mostly right", "mostly wrong"])
def test_a_rule_is_doubtful_where_it_may_be_wrong_more_often_than_right(right: float, *, doubtful: bool) -> None:
    rng = Random(7)
    rule = measured(*(answered("a", RIGHT if rng.random() < right else WRONG, f"shop {i}") for i in range(100)))["a"]
    assert rule.is_doubtful is doubtful


def test_the_lower_value_is_below_the_true_precision_in_95_of_100_draws() -> None:
    rng, true, below = Random(11), 0.8, 0
    for _ in range(400):
        rule = measured(*(answered("a", RIGHT if rng.random() < true else WRONG, f"shop {i}") for i in range(60)))["a"]
        assert rule.lower is not None
        below += rule.lower <= true
    assert below / 400 > 0.92
