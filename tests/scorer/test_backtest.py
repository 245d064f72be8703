"""A policy at work on invented histories: sound models are let through, injected faults are taken back in time."""

import msgspec
import numpy as np
import pytest

from ops.judge.policies import load_policy
from schemas.rollout import Verdict
from scorer.backtest import play
from scorer.injected import Fault
from scorer.traffic import Traffic
from scorer.trials import SCENARIOS, Scenario, fault_minute, history_of, run_trials

DEFAULT = load_policy("default")
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
SEEDS = (1, 2, 3)


def rows(name: str) -> dict[str, object]:
    (row,) = run_trials([DEFAULT], [BY_NAME[name]], seeds=SEEDS)
    return msgspec.structs.asdict(row)


def test_a_better_model_reaches_everybody_and_no_sooner_than_the_policy_says() -> None:
    row = rows("better model")
    assert (row["reached_full"], row["false_rollbacks"]) == (3, 0)
    assert row["days_to_decision"] >= 21


def test_an_equal_model_is_neither_taken_back_nor_served_to_everybody() -> None:
    row = rows("equal model")
    assert (row["reached_full"], row["rolled_back"]) == (0, 0)


@pytest.mark.parametrize("fault", ["latency step", "errors", "wrong categories", "worse model"])
def test_what_harms_is_taken_back(fault: str) -> None:
    row = rows(fault)
    assert (row["rolled_back"], row["missed"], row["false_rollbacks"]) == (3, 0, 0)


def test_a_fast_fault_is_taken_back_within_two_hours_and_a_wrong_model_not_before_labels_say_so() -> None:
    assert rows("latency step")["days_to_decision"] < 2 / 24
    assert rows("wrong categories")["days_to_decision"] > 0.5


def test_the_same_seed_plays_the_same_rollout() -> None:
    history = history_of(BY_NAME["errors"], 5)
    assert play(DEFAULT, history, dice=np.random.default_rng(5)) == play(
        DEFAULT, history, dice=np.random.default_rng(5)
    )


def test_too_little_traffic_never_begins() -> None:
    small = Traffic(days=20, transactions_a_day=200)
    played = play(DEFAULT, history_of(Scenario("small", small, Fault.NONE, False), 1), dice=np.random.default_rng(1))
    assert played.steps == ()
    assert set(played.verdicts) == {Verdict.INCONCLUSIVE}


def test_a_missed_regression_shows_as_one() -> None:
    blind = msgspec.structs.replace(DEFAULT, rollback=msgspec.structs.replace(DEFAULT.rollback, errors=0.99))
    (row,) = run_trials([blind], [BY_NAME["errors"]], seeds=SEEDS)
    assert row.missed == 3


def test_a_fault_begins_within_its_day() -> None:
    assert {fault_minute(seed) // 1_440 for seed in range(20)} == {4}
