"""Study: policies against faults, many times over; how often each was wrong, and how long it took."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct

from scorer.backtest.fault_injection import Fault, inject
from scorer.backtest.history import MINUTES_A_DAY, History
from scorer.backtest.simulate_policy import Played, play
from scorer.backtest.synthetic_history import Traffic, invent
from scorer.rollout.policy import Policy

FULL: Final = 100.0
FAULT_DAY: Final = 4  # the default policy is at 10 % by then; the hour is drawn


class Scenario(NamedTuple):
    """A model of known merit, and what goes wrong; ``is_bad`` says whether it must be taken back."""

    name: str
    traffic: Traffic
    fault: Fault
    is_bad: bool


class ScenarioResult(Struct, frozen=True, kw_only=True):
    """What a policy made of a scenario, over all seeds.

    A false rollback takes back what was sound. A regression is missed where it served somebody and was never
    taken back. Days to decision: from the first day to 100 % where the model is sound, from the fault to the
    rollback where not; the median over the runs that got there.
    """

    policy: str
    scenario: str
    runs: int
    false_rollbacks: int
    missed: int
    rolled_back: int
    reached_full: int
    days_to_decision: float | None


SOUND: Final = Traffic()
SCENARIOS: Final = (
    Scenario("better model", SOUND, Fault.NONE, False),
    Scenario("equal model", Traffic(win_share=0.5), Fault.NONE, False),
    Scenario("worse model", Traffic(win_share=0.35), Fault.NONE, True),
    *(Scenario(fault.value, SOUND, fault, True) for fault in Fault if fault is not Fault.NONE),
)


def run_trials(
    policies: Sequence[Policy], scenarios: Sequence[Scenario], *, seeds: Sequence[int]
) -> Iterator[ScenarioResult]:
    """Yield a row for each policy and scenario; every policy sees the same histories."""
    for scenario in scenarios:
        played: list[list[tuple[int, Played]]] = [[] for _ in policies]
        for seed in seeds:
            history = history_of(scenario, seed)
            for runs, policy in zip(played, policies, strict=True):
                runs.append((fault_minute(seed), play(policy, history, dice=np.random.default_rng((seed, 1)))))
        for runs, policy in zip(played, policies, strict=True):
            yield row_of(policy, scenario, runs)


def run_recorded(policies: Sequence[Policy], history: History, *, seeds: Sequence[int]) -> Iterator[ScenarioResult]:
    """Yield a row for each policy on one history, as it is and with each fault injected half way through it."""
    half = history.minutes // 2
    for fault in Fault:
        scenario = Scenario(f"recorded, {fault.value}", SOUND, fault, fault is not Fault.NONE)
        for policy in policies:
            played = []
            for seed in seeds:
                dice = np.random.default_rng((seed, 1))
                played.append((half, play(policy, inject(history, fault, at=half, dice=dice), dice=dice)))
            yield row_of(policy, scenario, played)


def history_of(scenario: Scenario, seed: int) -> History:
    """Return a scenario's history from a seed."""
    dice = np.random.default_rng((seed, 0))
    return inject(invent(scenario.traffic, dice), scenario.fault, at=fault_minute(seed), dice=dice)


def fault_minute(seed: int) -> int:
    """Return the minute at which a seed's fault begins."""
    return FAULT_DAY * MINUTES_A_DAY + int(np.random.default_rng((seed, 2)).integers(MINUTES_A_DAY))


def row_of(policy: Policy, scenario: Scenario, played: Sequence[tuple[int, Played]]) -> ScenarioResult:
    """Return what came of all runs of a scenario, each with the minute of its fault."""
    has_fault = scenario.fault is not Fault.NONE
    begun = [minute / MINUTES_A_DAY if has_fault else 0.0 for minute, _ in played]
    runs = [one for _, one in played]
    taken = [(day, one.rolled_back) for day, one in zip(begun, runs, strict=True) if one.rolled_back is not None]
    full = [day for one in runs for day, percent in one.steps if percent == FULL]
    decided = [day - since for since, day in taken if day >= since] if scenario.is_bad else full
    return ScenarioResult(
        policy=policy.name,
        scenario=scenario.name,
        runs=len(runs),
        false_rollbacks=sum(day < since or not scenario.is_bad for since, day in taken),
        missed=sum(one.rolled_back is None and one.reached > 0 for one in runs) if scenario.is_bad else 0,
        rolled_back=len(taken),
        reached_full=len(full),
        days_to_decision=round(float(np.median(decided)), 3) if decided else None,
    )
