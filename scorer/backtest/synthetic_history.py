"""Synthetic history: an invented history, drawn from a seed, of a model of known merit."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from scorer.backtest.history import MINUTES_A_DAY, Counts, History

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0)  # seconds, as workers export them


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """How much there is of everything, and how good the canary's model is."""

    days: int = 60
    transactions_a_day: float = 20_000
    users: float = 2_000
    unsure: float = 0.30  # share of answers below their threshold
    expected_fallback: float = 0.28  # what the release's card says of it
    failing: float = 0.001  # share on which the model fails, at quiet times
    disagreement: float = 0.08  # share, where both name a category
    both_named: float = 0.55
    median_latency_seconds: float = 0.008
    merchants_a_day: float = 60  # that a settled label comes for, for the first time
    discordant: float = 0.15
    win_share: float = 0.62  # of the merchants that differ
    opinions_a_day: float = 40  # users who give feedback, of both arms
    pleased_by_canary: float = 0.80
    pleased_by_control: float = 0.78
    complaining: float = 0.005  # share of the canary's suggestions
    label_maturity_days: float = 7

    def but(self, *, days: int, discordant: float, win_share: float) -> "Traffic":
        """Return the same traffic of another length, of a model of another merit."""
        return replace(self, days=days, discordant=discordant, win_share=win_share)


def invent(traffic: Traffic, dice: np.random.Generator) -> History:
    """Return a history of such traffic, busier by day than by night."""
    minutes = traffic.days * MINUTES_A_DAY
    cycle = 1 + 0.6 * np.sin(2 * np.pi * (np.arange(minutes) / MINUTES_A_DAY - 0.3))
    transactions = dice.poisson(traffic.transactions_a_day / MINUTES_A_DAY * cycle)
    failed = traffic.failing / 3
    shares = (1 - traffic.unsure - traffic.failing, traffic.unsure, failed, failed, failed)
    asked = dice.multinomial(transactions, shares)
    both = dice.binomial(transactions, traffic.both_named)
    disagree = dice.binomial(both, traffic.disagreement)
    served = dice.binomial(transactions, 0.9)
    opinions = dice.poisson(traffic.opinions_a_day / MINUTES_A_DAY * cycle)
    by_canary = dice.binomial(opinions, traffic.pleased_by_canary)
    by_control = dice.binomial(opinions, traffic.pleased_by_control)
    return History(
        transactions=transactions,
        asked=asked,
        agree=both - disagree,
        disagree=disagree,
        scoring_failed=np.zeros(minutes, np.int64),
        bounds=BOUNDS,
        latencies=_latencies(traffic, transactions, dice),
        signs=_signs(traffic, dice),
        opinions=np.stack((by_canary, opinions - by_canary, by_control, opinions - by_control), axis=1),
        served=served,
        complaints=dice.binomial(served, traffic.complaining),
        users_a_day=traffic.users,
        expected_fallback=traffic.expected_fallback,
    )


def _latencies(traffic: Traffic, transactions: Counts, dice: np.random.Generator) -> Counts:
    seconds = traffic.median_latency_seconds * dice.lognormal(0.0, 0.7, 100_000)
    shares = np.bincount(np.searchsorted(BOUNDS, seconds), minlength=len(BOUNDS) + 1) / len(seconds)
    return dice.multinomial(transactions, shares)


def _signs(traffic: Traffic, dice: np.random.Generator) -> Counts:
    merchants = dice.poisson(traffic.merchants_a_day * traffic.days)
    first = dice.integers(0, traffic.days * MINUTES_A_DAY, merchants)
    differs = dice.random(merchants) < traffic.discordant
    sign = np.where(differs, np.where(dice.random(merchants) < traffic.win_share, 1, -1), 0)
    settled = first + int(traffic.label_maturity_days * MINUTES_A_DAY)
    return np.stack((settled, sign), axis=1)
