"""Simulate policy: a rollout policy at work on a history, on a simulated clock; pure, and the same from the same
seed."""

from typing import NamedTuple

import numpy as np

from schemas.events.rollout import Verdict
from scorer.backtest.history import MINUTES_A_DAY, History
from scorer.backtest.stage import Stage
from scorer.rollout.policy import Policy


class Played(NamedTuple):
    """What became of one rollout; days since its first minute."""

    steps: tuple[tuple[float, float], ...]  # day and the share that it led to
    rolled_back: float | None
    reason: str
    verdicts: dict[Verdict, int]

    @property
    def reached(self) -> float:
        """The highest share that was reached, percent."""
        return max((percent for _, percent in self.steps), default=0.0)


def play(policy: Policy, history: History, *, dice: np.random.Generator, has_champion: bool = False) -> Played:
    """Let a policy lead a rollout from 0 % through a history, until it is taken back or the history ends.

    Whenever a bar of a rollback could be passed every minute is looked at, else every six hours.
    """
    steps: list[tuple[float, float]] = []
    verdicts: dict[Verdict, int] = {}
    percent, begun = 0.0, 0
    while True:
        stage = Stage(policy, history, percent=percent, begun=begun, dice=dice, has_champion=has_champion)
        ended, verdict, to, reason = stage.play(verdicts)
        if verdict is Verdict.PROMOTE and to is not None:
            steps.append((ended / MINUTES_A_DAY, to))
            percent, begun = to, ended
            continue
        taken = ended / MINUTES_A_DAY if verdict is Verdict.ROLLBACK else None
        return Played(tuple(steps), taken, reason, verdicts)
