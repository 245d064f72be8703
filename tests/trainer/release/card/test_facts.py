"""The card says how a release was calibrated, what its thresholds hold for, and what it does with unknown words."""

from dataclasses import replace

import msgspec
import pytest

from scorer.model.thresholds import MUTED, Threshold
from scorer.release.manifest import CARD
from tests.support.small_dataset import provenance, release, trained
from trainer.fit.calibrate import Method
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
