"""Evidence stays valid however often one looks, and finds what is there."""

import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from scorer.rollout.paired_outcomes import RIGHT, SILENT, WRONG, Pair, Signs, count_signs, worth
from scorer.rollout.sequential_test import (
    difference_interval,
    e_better,
    e_not_inferior,
    e_worse,
    mcnemar_p,
    sample_ratio_p,
    win_share_interval,
)

ALPHA = 0.05
LOOKS, PER_LOOK, DISCORDANT = 28, 60, 0.15
COUNTS = st.integers(0, 150)


@pytest.mark.parametrize(
    ("served", "value"), [("Dining", RIGHT), (None, SILENT), ("Travel", WRONG)], ids=["right", "silent", "wrong"]
)
def test_silence_is_worth_more_than_a_mistake(served: str | None, value: float) -> None:
    assert worth(served, "Dining") == value


def test_a_merchant_is_one_sign_however_often_it_is_met() -> None:
    pairs = [Pair("chain", 1, 1.0)] * 500 + [Pair("cafe", 1, -1.0), Pair("cafe", 1, 2.0), Pair("kiosk", 1, -1.0)]
    assert count_signs([*pairs, Pair("shop", 1, 1.0), Pair("shop", 1, -1.0)]) == Signs(better=2, worse=1, alike=1)


def test_a_sign_is_that_of_the_merchants_first_day_and_never_turns() -> None:
    first = [Pair("cafe", 7, 1.0), Pair("kiosk", 7, 0.0)]
    later = [Pair("cafe", 8, -1.0)] * 9 + [Pair("kiosk", 8, -1.0)]
    assert count_signs([*later, *first]) == count_signs(first) == Signs(better=1, worse=0, alike=1)


@settings(max_examples=40)
@given(COUNTS, COUNTS)
def test_the_closed_form_is_the_integral_of_its_mixture(better: int, worse: int) -> None:
    best = max(0.5, better / max(1, better + worse))

    def likelihood_ratio(share: float) -> float:
        return 2 * math.exp(better * math.log(2 * share) + worse * math.log(2 * (1 - share))) if share < 1 else 0.0

    integral, _ = quad(likelihood_ratio, 0.5, 1.0, points=[best], limit=200)
    assert e_better(better, worse) == pytest.approx(integral, rel=1e-4, abs=1e-9)


@given(COUNTS, COUNTS)
def test_better_and_worse_are_mirror_images_and_not_both(better: int, worse: int) -> None:
    assert e_better(better, worse) == e_worse(worse, better)
    assert min(e_better(better, worse), e_worse(better, worse)) < 1 / ALPHA


@given(COUNTS, COUNTS)
def test_one_more_win_never_weakens_the_case(better: int, worse: int) -> None:
    assert e_better(better + 1, worse) > e_better(better, worse) or e_better(better, worse) < 1e-12


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 2_000), st.floats(0.005, 0.2))
def test_a_wider_margin_is_easier_to_keep(better: int, worse: int, alike: int, margin: float) -> None:
    signs = Signs(better, worse, alike)
    assert e_not_inferior(signs, margin=margin * 1.5) >= e_not_inferior(signs, margin=margin)


def daily(share_of_wins: float, *, runs: int, seed: int) -> np.ndarray:
    """Return cumulative wins and losses [runs, looks, 2] of daily looks."""
    dice = np.random.default_rng(seed)
    discordant = dice.binomial(PER_LOOK, DISCORDANT, (runs, LOOKS))
    wins = dice.binomial(discordant, share_of_wins)
    return np.stack((wins, discordant - wins), axis=2).cumsum(axis=1)


cached_p = functools.cache(mcnemar_p)


def ever(found: np.ndarray) -> float:
    """Return the share of runs in which a daily look would have promoted at some time."""
    return float(np.mean([any(e_better(b, c) >= 1 / ALPHA for b, c in run) for run in found.tolist()]))


def test_a_model_that_is_not_better_is_rarely_promoted_by_daily_looks_and_the_naive_test_often_does() -> None:
    found = daily(0.5, runs=500, seed=7)
    false_alarms = ever(found)
    naive = float(np.mean([any(b > c and cached_p(int(b), int(c)) < 2 * ALPHA for b, c in run) for run in found]))
    print(f"false alarms under daily looks: {false_alarms:.3f}, McNemar every day: {naive:.3f}")  # noqa: T201
    assert false_alarms <= ALPHA
    assert naive > 2 * ALPHA


def test_a_model_that_is_better_is_found() -> None:
    assert ever(daily(0.65, runs=200, seed=8)) > 0.9


def test_an_inferior_model_is_rarely_called_not_inferior() -> None:
    dice, margin = np.random.default_rng(9), 0.05
    shares = (0.05, 0.80, 0.15)  # better, alike, worse: worse by 0.10 in all
    found = dice.multinomial(PER_LOOK, shares, (200, LOOKS)).cumsum(axis=1)
    called = [
        any(e_not_inferior(Signs(int(b), int(c), int(a)), margin=margin) >= 20 for b, a, c in run) for run in found
    ]
    assert np.mean(called) <= ALPHA


def test_an_equal_model_is_called_not_inferior_in_the_end() -> None:
    assert e_not_inferior(Signs(better=75, worse=75, alike=3_000), margin=0.05) > 20


def test_the_report_is_the_exact_test_and_an_interval_around_the_difference() -> None:
    assert mcnemar_p(0, 0) == 1.0
    assert mcnemar_p(25, 10) == pytest.approx(binomtest(10, 35, 0.5).pvalue)
    low, high = difference_interval(Signs(better=30, worse=10, alike=160))
    assert low < 20 / 200 < high
    assert difference_interval(Signs(0, 0, 0))[0] < 0 < difference_interval(Signs(0, 0, 0))[1]


@pytest.mark.parametrize(("better", "worse"), [(25, 10), (3, 3), (0, 7), (40, 41), (120, 80)])
def test_statsmodels_says_the_same(better: int, worse: int) -> None:
    table = [[500, better], [worse, 300]]
    assert mcnemar_p(better, worse) == pytest.approx(mcnemar(table, exact=True).pvalue)
    low, high = proportion_confint(better, better + worse, alpha=0.05, method="beta")
    assert win_share_interval(better, worse) == pytest.approx((low, high))


def test_the_interval_of_the_difference_holds_it_about_as_often_as_it_says() -> None:
    dice, shares = np.random.default_rng(11), (0.10, 0.06, 0.84)
    found = dice.multinomial(400, shares, 2_000)
    held = [low < 0.04 < high for low, high in (difference_interval(Signs(*map(int, one))) for one in found)]
    assert 0.935 < np.mean(held) < 0.97


def test_users_that_are_dealt_unevenly_are_found() -> None:
    assert sample_ratio_p(1_000, 10_000, share=0.1) > 0.5
    assert sample_ratio_p(1_300, 10_000, share=0.1) < 1e-6
    assert sample_ratio_p(0, 0, share=0.1) == 1.0
