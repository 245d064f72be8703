"""A stage of a simulated rollout looks at every minute that could matter."""

import numpy as np

from ops.rollout.policies import load_policy
from scorer.backtest.fault_injection import with_errors
from scorer.backtest.stage import Stage
from scorer.backtest.synthetic_history import Traffic, invent
from scorer.rollout.rollback_rules import Streaks, takeback_bars

DEFAULT = load_policy("default")


def test_the_looks_that_are_left_out_would_have_changed_nothing() -> None:
    """Every minute is judged, and every minute that passes a bar of a rollback is among those that are looked at."""
    dice = np.random.default_rng(7)
    history = with_errors(invent(Traffic(days=2), dice), 0.06, at=0, dice=dice)
    stage = Stage(DEFAULT, history, percent=10.0, begun=0, dice=dice)
    looked = set(stage._minutes())
    for minute in range(1, history.minutes):
        bars = takeback_bars(DEFAULT, stage.standing(minute, Streaks()))
        if any(bar.is_bad for bar in bars):
            assert minute in looked, (minute, bars)
