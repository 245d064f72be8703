"""The tables of docs/ML_CANARY_DEPLOYMENT.md: how soon a faulty canary is taken back, and how often a sound one is."""

import functools

import numpy as np
import pytest

from ops.rollout.fault_rows import rows_of
from ops.rollout.policies import load_policy
from scorer.backtest.fault_table import DAYS, fault_table
from scorer.backtest.history import MINUTES_A_DAY
from scorer.backtest.synthetic_history import Traffic
from scorer.rollout.sequential_test import e_above, lowest_rate

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(7_200)]
SEEDS = range(1, 5)
POLICY = load_policy("default")
LIMIT, LEVEL = POLICY.rollback.errors, POLICY.rollback.errors_level


def test_how_soon_a_faulty_canary_is_taken_back() -> None:
    cells = list(fault_table(POLICY, seeds=SEEDS, traffic=Traffic(days=DAYS + 7)))
    print(f"\nseeds {SEEDS.start} to {SEEDS.stop - 1}\n" + "\n".join(rows_of(cells)))
    for cell in cells:
        rate = float(cell.fault.removeprefix("errors ").rstrip("%")) / 100 if cell.fault.startswith("errors") else 1.0
        assert cell.promoted == 0 or rate < LIMIT, cell
        assert cell.rolled_back == cell.runs or rate < 0.08, cell
        assert cell.rolled_back == 0 or rate >= LIMIT, cell


@functools.cache
def least_failed(asked: int, *, by_window: bool) -> int:
    """Return the fewest failures of so many answers that are a bad look."""

    def is_bad(failed: int) -> bool:
        if by_window:
            return lowest_rate(failed, asked, level=LEVEL) > LIMIT
        return e_above(failed, asked, limit=LIMIT) >= POLICY.e_bar and failed > LIMIT * asked

    low, high = int(LIMIT * asked), asked + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_bad(middle) else (middle, high)
    return high


def is_bad_look(asked: np.ndarray, failed: np.ndarray, *, by_window: bool) -> np.ndarray:
    kinds, where = np.unique(asked, return_inverse=True)
    least = np.array([least_failed(int(one), by_window=by_window) for one in kinds])
    found: np.ndarray = (asked >= POLICY.minimum.recent_answers) & (failed >= least[where.reshape(asked.shape)])
    return found


def over(counts: np.ndarray, minutes: int) -> np.ndarray:
    """Return sums over the last so many minutes, at each minute."""
    sums = counts.cumsum(axis=1)
    gained: np.ndarray = sums - np.pad(sums, ((0, 0), (minutes, 0)))[:, : sums.shape[1]]
    return gained


@pytest.mark.parametrize("rate", [0.01, 0.02])
@pytest.mark.parametrize("per_window", [2, 12, 24, 60, 200], ids=lambda n: f"{n} answers in 15 minutes")
def test_how_often_a_sound_canary_is_taken_back(rate: float, per_window: int) -> None:
    """A look a minute for 21 days; 24 answers in 15 minutes is where six failures are a bad look soonest."""
    dice, runs, taken = np.random.default_rng((per_window, int(100 * rate))), 400, 0
    for _ in range(runs // 40):
        asked = dice.poisson(per_window / 15, (40, DAYS * MINUTES_A_DAY))
        failed = dice.binomial(asked, rate)
        bad = is_bad_look(asked.cumsum(axis=1), failed.cumsum(axis=1), by_window=False)
        for minutes in (round(POLICY.window_seconds / 60), round(POLICY.rates_window_seconds / 60)):
            bad |= is_bad_look(over(asked, minutes), over(failed, minutes), by_window=True)
        taken += int((bad[:, 1:] & bad[:, :-1]).any(axis=1).sum())
    print(f"\n{rate:.0%} errors, {per_window} answers in 15 minutes: {taken} of {runs} taken back in {DAYS} days")
    assert taken <= 0.05 * runs
