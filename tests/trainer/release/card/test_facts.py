"""The card says how a release was calibrated, what its thresholds hold for, and what it does with unknown words."""

from dataclasses import replace

import msgspec
import pytest

from scorer.model.rule_floor import RuleFloor
from scorer.model.threshold_setting import MUTED
from scorer.model.thresholds import Threshold
from scorer.release.manifest import CARD
from tests.support.small_dataset import provenance, release, trained
from trainer.evaluation.served import DOUBTED, EVERYTHING, FALLBACK, ServedPrecision
from trainer.fit.calibrate import Method
from trainer.release.card.content import tables
from trainer.release.card.facts import facts


def test_the_chosen_method_of_calibration_stands_on_the_card() -> None:
    said = dict(facts(trained(), provenance()))["Calibration"]
    method = trained().model.calibration.method
    assert method in set(Method)
    assert said.startswith(f"{method}, of the least cross-fitted log-loss")
    assert said in release()[1][CARD].decode()


@pytest.mark.parametrize(("unknown", "says"), [(0.61, "from 0.610 on"), (MUTED, "muted")])
def test_thresholds_of_merchants_without_a_history_stand_on_the_card(unknown: float, says: str) -> None:
    changed = msgspec.structs.replace(trained().thresholds, unknown=Threshold(value=unknown))
    said = dict(facts(replace(trained(), thresholds=changed), provenance()))["Thresholds"]
    assert f"merchants without a history: {says}" in said
    assert f"precision of {changed.wanted_precision:.2f}" in said


@pytest.mark.parametrize(("fragments", "says"), [(0.9, "from 0.900 on"), (MUTED, "muted")])
def test_what_happens_to_unknown_words_stands_on_the_card(fragments: float, says: str) -> None:
    changed = msgspec.structs.replace(trained().thresholds, fragments=fragments)
    said = dict(facts(replace(trained(), thresholds=changed), provenance()))["Words that nobody wrote"]
    assert f"only parts of words: {says}" in said
    assert "nothing known: never served" in said


@pytest.mark.parametrize(
    ("floor", "says"),
    [
        pytest.param(RuleFloor(value=MUTED, rows=9), "no floor is proven on 9 rows", id="nothing proven"),
        pytest.param(
            RuleFloor(value=0.4, precision=0.742, bound=0.679, served_bound=0.904, rows=1_050, merchants=251),
            "gives its category 0.40 or more; on the calibration fold 0.742 of 1,050 such answers were right, at least "
            "0.679, and of everything served at least 0.904",
            id="proven",
        ),
    ],
)
def test_the_rule_floor_stands_on_the_card(floor: RuleFloor, says: str) -> None:
    changed = msgspec.structs.replace(trained().thresholds, rule_floor=floor)
    assert says in dict(facts(replace(trained(), thresholds=changed), provenance()))["Rules that the model doubts"]
    assert "Rules that the model doubts" not in dict(facts(trained(), provenance()))  # nobody asked the rules


def test_everything_served_stands_on_the_card_by_source_with_its_interval() -> None:
    served = (
        ServedPrecision(EVERYTHING, 1_100, 0.733, 80, 0.921, 0.902, 0.938),
        ServedPrecision(FALLBACK, 30, 0.02, 6, 0.9, None, None),
        ServedPrecision(DOUBTED, 0, 0.0, 0, None, None, None),
    )
    table = next(one for one in tables(replace(trained(), served=served)) if one.title.startswith("Everything"))
    assert table.rows == (
        (EVERYTHING, "1,100", "0.733", "80", "0.921", "0.902 to 0.938"),
        (FALLBACK, "30", "0.020", "6", "0.900", "none"),
        (DOUBTED, "0", "0.000", "0", "none", "none"),
    )
    assert not any(one.title.startswith("Everything") for one in tables(trained()))  # nobody asked the rules
