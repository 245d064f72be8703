"""A policy at work on invented histories: sound models are let through, injected faults are taken back in time."""

import msgspec
import numpy as np
import pytest

from ops.rollout.policies import load_policy
from schemas.events.rollout import Verdict
from scorer.backtest.fault_injection import Fault, with_errors
from scorer.backtest.fault_table import fault_table
from scorer.backtest.simulate_policy import play
from scorer.backtest.study import SCENARIOS, Scenario, ScenarioResult, fault_minute, history_of, run_trials
from scorer.backtest.synthetic_history import Traffic, invent
from scorer.backtest.year import EQUAL, play_year

DEFAULT = load_policy("default")
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
SEEDS = (1, 2, 3)


def trials(name: str) -> ScenarioResult:
    (row,) = run_trials([DEFAULT], [BY_NAME[name]], seeds=SEEDS)
    return row


def days_to_decision(name: str) -> float:
    days = trials(name).days_to_decision
    assert days is not None
    return days


def test_a_better_model_reaches_everybody_and_no_sooner_than_the_policy_says() -> None:
    row = trials("better model")
    assert (row.reached_full, row.false_rollbacks) == (3, 0)
    assert days_to_decision("better model") >= 21


def test_an_equal_model_is_neither_taken_back_nor_served_to_everybody() -> None:
    row = trials("equal model")
    assert (row.reached_full, row.rolled_back) == (0, 0)


@pytest.mark.parametrize("fault", ["latency step", "errors", "low confidence", "wrong categories", "worse model"])
def test_what_harms_is_taken_back(fault: str) -> None:
    row = trials(fault)
    assert (row.rolled_back, row.missed, row.false_rollbacks) == (3, 0, 0)


def test_an_outage_of_two_hours_is_taken_back_by_night_too() -> None:
    (row,) = run_trials([DEFAULT], [BY_NAME["outage"]], seeds=range(1, 21))
    assert (row.missed, row.false_rollbacks) == (0, 0)


def test_a_fast_fault_is_taken_back_within_two_hours_and_a_wrong_model_not_before_labels_say_so() -> None:
    assert days_to_decision("latency step") < 2 / 24
    assert days_to_decision("wrong categories") > 0.5


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


@pytest.mark.parametrize("percent", [1.0, 10.0, 100.0])
def test_errors_of_the_canary_alone_are_taken_back_at_every_share_and_few_of_them_never(percent: float) -> None:
    cells = fault_table(
        DEFAULT, seeds=(1,), traffic=Traffic(days=10), healthy_days=(0,), error_rates=(0.01, 0.2), shares=(percent,)
    )
    found = {cell.fault: cell for cell in cells}
    assert {name: cell.rolled_back for name, cell in found.items()} == {
        "errors 1%": 0, "errors 20%": 1, "latency step": 1, "low confidence": 1,
    }  # fmt: skip
    assert found["errors 20%"].answers is not None and found["errors 20%"].answers < 500


def test_an_injected_error_lies_in_the_canary_alone() -> None:
    dice = np.random.default_rng(1)
    sound = invent(Traffic(days=2), dice)
    faulty = with_errors(sound, 0.08, at=1_440, dice=dice)
    assert (faulty.scoring_failed == sound.scoring_failed).all()
    assert (faulty.asked.sum(axis=1) == sound.asked.sum(axis=1)).all()
    assert (faulty.asked[:1_440] == sound.asked[:1_440]).all()
    assert faulty.asked[1_440:, 2:].sum() / faulty.asked[1_440:].sum() == pytest.approx(0.08, abs=0.01)


def test_retrained_models_as_good_as_their_champion_reach_everybody_within_a_year() -> None:
    year = play_year(DEFAULT, EQUAL, name="equal", seeds=range(1, 2), traffic=Traffic())
    assert year.reached_full >= 4
    assert year.rolled_back <= 1
    assert year.entered + year.waited == year.retrainings == 52


def test_a_fault_begins_within_its_day() -> None:
    assert {fault_minute(seed) // 1_440 for seed in range(20)} == {4}
