"""Fault table: how soon a policy takes back a canary with a known fault, at each share; pure, from seeds."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from schemas.events.rollout import Verdict
from scorer.backtest.fault_injection import Fault, inject, with_errors
from scorer.backtest.history import MINUTES_A_DAY, History
from scorer.backtest.stage import Stage
from scorer.backtest.synthetic_history import Traffic, invent
from scorer.rollout.policy import Policy

SHARES: Final = (1.0, 5.0, 10.0, 50.0, 100.0)
ERROR_RATES: Final = (0.01, 0.02, 0.05, 0.08, 0.2, 0.4, 1.0)
OTHER_FAULTS: Final = (Fault.LATENCY_STEP, Fault.LOW_CONFIDENCE)
DAYS: Final = 21


class Cell(Struct, frozen=True, kw_only=True):
    """What became of one fault at one share, over all seeds; looks and answers from the fault on, medians.

    ``looks`` and ``answers`` are those of the runs that were taken back, None where none was.
    """

    fault: str
    percent: float
    healthy_days: int  # at the share, before the fault began
    runs: int
    rolled_back: int
    promoted: int
    looks: float | None
    answers: float | None


def fault_table(
    policy: Policy,
    *,
    seeds: Sequence[int],
    traffic: Traffic,
    healthy_days: Sequence[int] = (0, 5),
    error_rates: Sequence[float] = ERROR_RATES,
    shares: Sequence[float] = SHARES,
) -> Iterator[Cell]:
    """Yield a cell for each fault, share and number of healthy days; each run ends 21 days after its fault begins."""
    for healthy in healthy_days:
        for name, rate in [*((f"errors {rate:.0%}", rate) for rate in error_rates), *((f, None) for f in OTHER_FAULTS)]:
            for percent in shares:
                yield _cell(policy, name, rate, percent, healthy, seeds, traffic)


def _cell(
    policy: Policy, fault: str, rate: float | None, percent: float, healthy: int, seeds: Sequence[int], traffic: Traffic
) -> Cell:
    at, taken, promoted = healthy * MINUTES_A_DAY, list[tuple[int, int]](), 0
    for seed in seeds:
        dice = np.random.default_rng((seed, 3))
        history = invent(traffic, dice).first(at + DAYS * MINUTES_A_DAY)
        history = _with_fault(history, fault, rate, at, dice)
        stage = Stage(policy, history, percent=percent, begun=0, dice=dice)
        ended, verdict, _, _ = stage.play({})
        promoted += verdict is Verdict.PROMOTE
        if verdict is Verdict.ROLLBACK and ended >= at:
            taken.append((ended - at, stage.answers(at, ended)))
    middle = np.median(taken, axis=0) if taken else (None, None)
    return Cell(
        fault=fault,
        percent=percent,
        healthy_days=healthy,
        runs=len(seeds),
        rolled_back=len(taken),
        promoted=promoted,
        looks=None if middle[0] is None else float(middle[0]),
        answers=None if middle[1] is None else float(middle[1]),
    )


def _with_fault(history: History, fault: str, rate: float | None, at: int, dice: np.random.Generator) -> History:
    if rate is None:
        return inject(history, Fault(fault), at=at, dice=dice)
    return with_errors(history, rate, at=at, dice=dice)
