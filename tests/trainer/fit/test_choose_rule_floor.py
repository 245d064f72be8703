"""The rule floor: the lowest from which everything served is proven to be as precise as wanted."""

import numpy as np
import numpy.typing as npt
import pytest

from scorer.model.rule_floor import RuleFloor
from scorer.model.threshold_setting import MUTED
from trainer.evaluation.served import WhoAnswers
from trainer.fit.choose_rule_floor import CANDIDATE_FLOORS, CONFIDENCE, choose_rule_floor

BY_MODEL, MODEL_PRECISION = 0.7, 0.935  # share of the merchants whose rows the model answers, and how often it is right
DRAWS = 1_000


def precision_at(floor: float) -> float:
    """Return the true precision of everything served where a rule is right as often as the model finds it probable."""
    left = 1.0 - BY_MODEL
    right = BY_MODEL * MODEL_PRECISION + left * (1.0 - floor**2) / 2
    return right / (BY_MODEL + left * (1.0 - floor))


def draw(
    random: np.random.Generator, merchants: int, *, rules: float = 1.0
) -> tuple[WhoAnswers, tuple[str, ...], npt.NDArray[np.bool_]]:
    """Return a calibration fold: merchants of unlike sizes whose rows are right together more often than by chance.

    A rule is right ``rules`` times as often as the model finds it probable.
    """
    sizes = np.maximum(1, random.lognormal(1.0, 0.8, merchants).astype(int))
    merchant = np.repeat(np.arange(merchants), sizes)
    rows = len(merchant)
    by_model, of_rule = (random.random(merchants) < BY_MODEL)[merchant], random.random(merchants)[merchant]
    together = random.random(rows) < 0.5
    luck = np.where(together, random.random(merchants)[merchant], random.random(rows))
    is_right = luck < np.where(by_model, MODEL_PRECISION, rules * of_rule)
    nobody = np.zeros(rows, dtype=np.bool_)
    found = WhoAnswers(by_model, nobody, ~by_model, np.where(by_model, 0.0, of_rule), is_right)
    return found, tuple(f"m{number}" for number in merchant.tolist()), np.ones(rows, dtype=np.bool_)


def chosen(merchants: int, *, rules: float = 1.0, target: float = 0.9, seed: int = 3) -> RuleFloor:
    return choose_rule_floor(*draw(np.random.default_rng(seed), merchants, rules=rules), target_precision=target)


def test_the_floor_is_the_lowest_at_which_everything_served_is_as_precise_as_wanted() -> None:
    target = 0.897  # clear of what any candidate comes to
    floor = chosen(40_000, target=target)
    assert floor.value == min(value for value in CANDIDATE_FLOORS if precision_at(value) >= target)
    assert floor.precision is not None
    assert floor.bound is not None
    assert floor.served_bound is not None
    assert floor.bound < floor.precision == pytest.approx((1 + floor.value) / 2, abs=0.02)
    assert target <= floor.served_bound < precision_at(floor.value)
    assert chosen(40_000, target=0.85).value < floor.value < chosen(40_000, target=0.92).value


def test_the_chosen_floor_is_too_low_in_no_more_draws_than_stated() -> None:
    """1,000 calibration folds of 500 merchants each, of which the true precision is known."""
    random = np.random.default_rng(5)
    floors = [choose_rule_floor(*draw(random, 500), target_precision=0.9).value for _ in range(DRAWS)]
    missed = sum(value < MUTED and precision_at(value) < 0.9 for value in floors)
    assert missed / DRAWS <= 1.0 - CONFIDENCE
    assert sum(value < MUTED for value in floors) > DRAWS / 2  # silence everywhere would miss nothing


@pytest.mark.parametrize(
    ("merchants", "rules", "target"),
    [
        pytest.param(40_000, 0.45, 0.5, id="rules that are more often wrong than right, however right the rest is"),
        pytest.param(40_000, 1.0, 0.95, id="a model that is itself less precise than wanted"),
        pytest.param(40, 1.0, 0.9, id="too few merchants to prove anything"),
    ],
)
def test_where_nothing_is_proven_no_rule_is_served_that_the_model_was_asked_about(
    merchants: int, rules: float, target: float
) -> None:
    floor = chosen(merchants, rules=rules, target=target)
    assert (floor.value, floor.precision, floor.bound, floor.served_bound) == (MUTED, None, None, None)
    assert floor.note


def test_what_the_model_or_an_override_answers_has_no_floor_and_labels_of_rules_do_not_count() -> None:
    found, keys, counted = draw(np.random.default_rng(3), 5_000)
    nobody = np.zeros_like(counted)
    for answers, told in ((found._replace(is_left=nobody), counted), (found, nobody)):
        floor = choose_rule_floor(answers, keys, told, target_precision=0.9)
        assert (floor.value, floor.rows) == (MUTED, 0)
