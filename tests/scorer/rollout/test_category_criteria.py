"""Each category on its own: one that is complained of or wrong too often holds a promotion and is named."""

import msgspec
import numpy as np
import pytest

from schemas.events.rollout import CategoryCounts, Evidence, Verdict
from schemas.taxonomy import Category
from scorer.rollout.category_criteria import complained_of
from scorer.rollout.definitions import CURRENT, judge_again
from scorer.rollout.judge import judge
from scorer.rollout.metrics import Standing
from scorer.rollout.sequential_test import log_e_above
from tests.scorer.rollout.test_judge import GOOD, policy

P, H, U = Verdict.PROMOTE, Verdict.HOLD, Verdict.INCONCLUSIVE
FINE = CategoryCounts(served=900, complaints=20, settled=90, wrong=9)


def seen(**counts: CategoryCounts) -> Standing:
    others = {Category(name): FINE for name in ("Groceries", "Transport")}
    found = {Category(name): one for name, one in counts.items()}
    return msgspec.structs.replace(GOOD, categories=others | found)


CASES = {
    "all are fine": (seen(), P, "categories_imprecise 0 (bar < 1)"),
    "none was served": (msgspec.structs.replace(GOOD, categories={}), P, "categories_complained_of 0 (bar < 1)"),
    "not measured": (
        msgspec.structs.replace(GOOD, categories=None), U, "categories_complained_of not measured (bar < 1)",
    ),
    "one is complained of": (
        seen(Dining=CategoryCounts(served=100, complaints=40)), H,
        "Dining 40 of 100 (limit 0.1 complained of); mute: ledgermind rollout set --mute Dining --reason",
    ),
    "one with a space in its name": (
        seen(**{"Fuel & Auto": CategoryCounts(served=100, complaints=40)}), H, "set --mute 'Fuel & Auto' --reason",
    ),
    "two are": (
        seen(Dining=CategoryCounts(served=100, complaints=40), Cash=CategoryCounts(served=80, complaints=50)), H,
        "set --mute Dining --mute Cash --reason",
    ),
    "one is wrong": (
        seen(Dining=CategoryCounts(served=100, settled=40, wrong=34)), H,
        "Dining 34 of 40 (limit 0.4 wrong); mute: ledgermind rollout set --mute Dining --reason",
    ),
    "one of few suggestions, and no more than chance": (
        seen(Dining=CategoryCounts(served=4, complaints=2, settled=3, wrong=2)), P, "categories_complained_of 0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_category_beyond_its_limit_holds_and_is_named_with_the_command(case: str) -> None:
    standing, verdict, says = CASES[case]
    found = judge(policy(), standing)
    assert found.verdict is verdict, found.reasons
    assert any(says in reason for reason in found.reasons), found.reasons
    evidence = Evidence(
        policy="default", window_seconds=900, observations=standing.to_numbers(), reasons=[],
        terms=policy().to_terms(), definitions=CURRENT, categories=standing.categories,
    )  # fmt: skip
    kept = msgspec.json.decode(msgspec.json.encode(evidence), type=Evidence)
    assert judge_again(kept) == (found.verdict, found.percent)


def test_a_category_alone_takes_no_canary_back() -> None:
    standing = seen(Dining=CategoryCounts(served=1_000, complaints=900))
    assert judge(policy(), standing).verdict is Verdict.HOLD


def test_of_many_categories_at_their_limit_none_is_named_however_often_one_looks() -> None:
    """22 categories that are complained of at the limit itself, looked at after each of 1,000 suggestions."""
    dice, limit, alpha, runs, served = np.random.default_rng(7), 0.1, 0.05, 60, 1_000
    asked = np.arange(1.0, served + 1)
    held = 0
    for _ in range(runs):
        rows = (np.cumsum(dice.random(served) < limit).astype(np.float64) for _ in Category)
        highest = max(float(log_e_above(failed, asked, limit=limit).max()) for failed in rows)
        held += highest >= np.log(len(Category) / alpha)
    assert held <= runs * alpha * 2


def test_a_category_far_beyond_its_limit_is_found_within_a_hundred_suggestions() -> None:
    categories = {Category("Dining"): CategoryCounts(served=100, complaints=30)}
    assert [one.category for one in complained_of(categories, limit=0.1, alpha=0.05)] == [Category("Dining")]
