from datetime import UTC, datetime

import pytest

from ops.labels.next_labels import (
    Aim,
    NewestTransaction,
    UnlabelledMerchant,
    Window,
    choose,
    coverage_effect,
    days_to_decision,
)
from ops.rollout.policies import load_policy
from scorer.rollout.paired_outcomes import Signs

NEWEST = NewestTransaction("u", "a", "t", "line", "-1.00", "GBP", datetime(2026, 5, 1, tzinfo=UTC))


def merchant(key: str, *, transactions: int = 9, silent: int = 0, differ: int = 0) -> UnlabelledMerchant:
    return UnlabelledMerchant(key=key, newest=NEWEST, transactions=transactions, silent=silent, differ=differ)


WINDOW = Window(
    100,
    60,
    [
        merchant("seldom", silent=3, differ=1),
        merchant("often", silent=8, differ=2),
        merchant("apart", differ=7),
        merchant("alike"),
        merchant("as often", transactions=20, silent=8),
    ],
)


@pytest.mark.parametrize(
    ("aim", "count", "keys"),
    [
        pytest.param(Aim.COVERAGE, 9, ["as often", "often", "seldom"], id="coverage"),
        pytest.param(Aim.COVERAGE, 2, ["as often", "often"], id="no more than asked for"),
        pytest.param(Aim.DECISION, 9, ["apart", "often", "seldom"], id="decision"),
    ],
)
def test_what_changes_most_comes_first_and_what_changes_nothing_is_left_out(
    aim: Aim, count: int, keys: list[str]
) -> None:
    assert [one.key for one in choose(WINDOW, aim, count=count)] == keys


def test_coverage_rises_by_the_silent_transactions_of_what_is_chosen() -> None:
    effect = coverage_effect(WINDOW, choose(WINDOW, Aim.COVERAGE, count=2))
    assert (effect.without, effect.with_labels) == (0.6, 0.76)
    assert coverage_effect(Window(0, 0, []), []).without is None


def test_labels_of_merchants_that_are_answered_differently_bring_a_decision_nearer() -> None:
    policy = load_policy("default")
    step = next(step for step in policy.steps if policy.paired(step, has_champion=False)[0] != "not asked")
    many = [merchant(f"m{number}", differ=1) for number in range(40)]
    won = Signs(12, 6, 40)
    effect = days_to_decision(policy, step, won, many, days=30.0, has_champion=False)
    assert effect is not None
    assert effect.without is not None
    assert effect.with_labels is not None
    assert effect.with_labels < effect.without
    alike = [merchant(f"m{number}") for number in range(40)]
    same = days_to_decision(policy, step, won, alike, days=30.0, has_champion=False)
    assert same is not None
    assert same.with_labels == same.without
