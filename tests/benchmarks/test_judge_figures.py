"""The figures of docs/ML_CANARY_DEPLOYMENT.md: false alarms, power, what a forecast was worth; from printed seeds."""

import functools
from collections.abc import Callable

import numpy as np
import pytest

from ops.rollout.policies import load_policy
from scorer.rollout.forecast import forecast
from scorer.rollout.paired_outcomes import Signs
from scorer.rollout.sequential_test import e_better, e_not_inferior, mcnemar_p

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1_800)]
SEED, ALPHA, LOOKS, PER_LOOK, DISCORDANT = 20_260_301, 0.05, 28, 60, 0.15
POLICY = load_policy("default")
better = functools.cache(e_better)
p_value = functools.cache(mcnemar_p)

Says = Callable[[int, int], bool]
RULES: dict[str, Says] = {
    "e-value": lambda b, c: better(b, c) >= 1 / ALPHA,
    "McNemar each day": lambda b, c: b > c and p_value(b, c) < 2 * ALPHA,
    "McNemar once, on the last day": lambda b, c: b > c and p_value(b, c) < 2 * ALPHA,
}


def daily(dice: np.random.Generator, wins: float, runs: int, looks: int = LOOKS) -> np.ndarray:
    """Return cumulative wins and losses [runs, looks, 2]."""
    discordant = dice.binomial(PER_LOOK, DISCORDANT, (runs, looks))
    won = dice.binomial(discordant, wins)
    return np.stack((won, discordant - won), axis=2).cumsum(axis=1)


def ever(found: np.ndarray, says: Says) -> float:
    return float(np.mean([any(says(b, c) for b, c in run) for run in found.tolist()]))


def test_false_alarms_and_power() -> None:
    dice = np.random.default_rng(SEED)
    print(
        f"\nseed {SEED}, {LOOKS} daily looks, {PER_LOOK} labels a day, {DISCORDANT:.0%} of them differ; promoted, share"
    )
    for wins in (0.50, 0.55, 0.60, 0.65):
        found = daily(dice, wins, 4_000)
        shares = {name: ever(found[:, -1:] if "once" in name else found, says) for name, says in RULES.items()}
        print(f"  win share {wins:.2f}: " + ", ".join(f"{name} {share:.3f}" for name, share in shares.items()))
        if wins == 0.50:
            assert shares["e-value"] <= ALPHA
            assert shares["McNemar each day"] > 2 * ALPHA


def test_one_sign_a_merchant() -> None:
    """An equal model that is right or wrong by the merchant, 300 of them, with labels that repeat them."""
    dice, runs, alarms = np.random.default_rng(SEED + 1), 1_000, dict.fromkeys(("first", "sum", "each"), 0)
    weights = 1 / np.arange(1, 301)
    weights /= weights.sum()
    for _ in range(runs):
        leaning = np.where(dice.random(300) < 0.5, 0.9, 0.1)  # of the merchants that differ at all
        sums, first, each = np.zeros(300), np.zeros(300), np.zeros(2, int)
        seen = dict.fromkeys(alarms, False)
        for _ in range(LOOKS):
            merchants = dice.choice(300, dice.binomial(PER_LOOK, DISCORDANT), p=weights)
            signs = np.where(dice.random(len(merchants)) < leaning[merchants], 1, -1)
            today = np.zeros(300)
            np.add.at(today, merchants, signs)
            new = np.isin(np.arange(300), merchants) & (sums == 0) & (first == 0)
            first[new] = np.sign(today[new])
            sums += today
            each += (int((signs > 0).sum()), int((signs < 0).sum()))
            seen["first"] |= RULES["e-value"](int((first > 0).sum()), int((first < 0).sum()))
            seen["sum"] |= RULES["e-value"](int((sums > 0).sum()), int((sums < 0).sum()))
            seen["each"] |= RULES["e-value"](int(each[0]), int(each[1]))
        for name in alarms:
            alarms[name] += seen[name]
    print(f"\nseed {SEED + 1}, {runs} runs; false alarms by what counts as one sign")
    print(f"  a merchant's first day {alarms['first'] / runs:.3f}, its labels so far {alarms['sum'] / runs:.3f}, "
          f"every label {alarms['each'] / runs:.3f}")  # fmt: skip
    assert alarms["first"] / runs <= ALPHA < alarms["each"] / runs


def test_not_worse_than_a_margin() -> None:
    dice, runs = np.random.default_rng(SEED + 2), 500
    print(
        f"\nseed {SEED + 2}, {runs} runs, 84 daily looks, 60 labels a day; called not worse by more than 1 or 5 points"
    )
    for name, shares in {
        "worse by the margin of 5": (0.05, 0.10), "equal": (0.075, 0.075), "better by 5 points": (0.10, 0.05),
    }.items():  # fmt: skip
        won, lost = shares
        found = dice.multinomial(PER_LOOK, (won, lost, 1 - won - lost), (runs, 84)).cumsum(axis=1)
        called = {
            margin: np.mean(
                [any(e_not_inferior(Signs(*map(int, x)), margin=margin) >= 20 for x in run) for run in found]
            )
            for margin in (0.01, 0.05)
        }
        print(f"  {name}: " + ", ".join(f"margin {margin:g} {share:.3f}" for margin, share in called.items()))
        if name.startswith("worse"):
            assert called[0.05] <= ALPHA


def test_what_a_forecast_is_worth() -> None:
    """Forecasts made after a week, held against the day on which the evidence was there, up to a year later."""
    dice, step, looks = np.random.default_rng(SEED + 3), POLICY.steps[-1], 365
    print(f"\nseed {SEED + 3}; forecasts of day 7 against the day of the decision, 60 labels a day")
    for wins in (0.60, 0.65, 0.70):
        errors, early, none, decided = [], 0, 0, 0
        for run in daily(dice, wins, 500, looks).tolist():
            (b, c) = run[6]
            when = next((day for day, (x, y) in enumerate(run, start=1) if better(x, y) >= 1 / ALPHA), None)
            if when is None or when <= 7:
                continue
            decided += 1
            ahead = forecast(POLICY, step, Signs(b, c, 7 * PER_LOOK - b - c), days=7.0)
            assert ahead is not None
            early += ahead.earliest is not None and when < 7 + ahead.earliest - 1
            none += ahead.expected is None
            if ahead.expected is not None:
                errors.append((7 + ahead.expected) / when)
        low, middle, high = np.quantile(errors, [0.1, 0.5, 0.9])
        print(f"  win share {wins:.2f}: {decided} decided after day 7, before the earliest day {early / decided:.3f}; "
              f"no date shown {none / decided:.2f}; expected day over true day, 10 % {low:.2f}, median {middle:.2f}, "
              f"90 % {high:.2f}")  # fmt: skip
        assert early / decided < 0.1
