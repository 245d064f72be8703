"""Year: a policy beside weekly retrainings, for a year; pure, and the same from the same seed.

Every week a release passes its gate. It enters the canary at 0 % where none is under way, or where that one was
undecided for as long as the policy waits; a canary that reaches 100 % is the champion once the next one enters.
"""

from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct

from scorer.backtest.history import MINUTES_A_DAY
from scorer.backtest.simulate_policy import play
from scorer.backtest.synthetic_history import Traffic, invent
from scorer.rollout.policy import Policy

DAYS: Final = 364
EVERY_DAYS: Final = 7
FULL: Final = 100.0


class Merit(NamedTuple):
    """How a retrained release compares with who serves: of the merchants, and of those that differ."""

    discordant: float
    win_share: float


FIRST: Final = Merit(discordant=0.15, win_share=0.62)  # against the rules
EQUAL: Final = Merit(discordant=0.05, win_share=0.5)  # against a champion that was trained a few weeks earlier
BETTER: Final = Merit(discordant=0.05, win_share=0.6)


class Year(Struct, frozen=True, kw_only=True):
    """What became of a year's releases."""

    policy: str
    merit: str
    runs: int
    retrainings: int  # of all runs, as each count below
    entered: int
    reached_full: int
    rolled_back: int
    replaced: int  # undecided for as long as the policy waits
    waited: int  # releases that passed while a canary was under way
    longest_days: float  # in the canary arm until 100 %, or its end


def play_year(policy: Policy, merit: Merit, *, name: str, seeds: range, traffic: Traffic) -> Year:
    """Play a year of weekly retrainings for each seed: the first against the rules, all later ones of one merit."""
    counts = dict.fromkeys(("entered", "reached_full", "rolled_back", "replaced", "waited"), 0)
    longest = 0.0
    for seed in seeds:
        has_champion, free_on, weeks = False, 0.0, range(0, DAYS, EVERY_DAYS)
        for day in weeks:
            if day < free_on:
                counts["waited"] += 1
                continue
            counts["entered"] += 1
            ended, how = _rollout(policy, merit if has_champion else FIRST, has_champion, (seed, day), traffic)
            has_champion |= how == "reached_full"
            if day + ended < DAYS:
                counts[how] += 1
                longest = max(longest, ended)
            free_on = day + ended
    return Year(policy=policy.name, merit=name, runs=len(seeds), retrainings=len(seeds) * len(weeks),
                longest_days=round(longest, 1), **counts)  # fmt: skip


def _rollout(
    policy: Policy, merit: Merit, has_champion: bool, seed: tuple[int, int], traffic: Traffic
) -> tuple[float, str]:
    """Return after how many days a canary was no longer under way, and what had become of it."""
    dice = np.random.default_rng(seed)
    days = int(policy.undecided_days)
    of_merit = traffic.but(days=days, discordant=merit.discordant, win_share=merit.win_share)
    history = invent(of_merit, dice).first(days * MINUTES_A_DAY)
    played = play(policy, history, dice=dice, has_champion=has_champion)
    full = next((day for day, percent in played.steps if percent == FULL), None)
    if full is not None:
        return full, "reached_full"
    return (days, "replaced") if played.rolled_back is None else (played.rolled_back, "rolled_back")
