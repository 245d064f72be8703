"""A calibration is refused only where it made every measure worse on rows that it was not fitted on."""

import numpy as np
import pytest

from schemas.taxonomy import CATEGORIES
from trainer.evaluation.calibration_effect import MEASURES, quality, worsened

BEFORE = {"ece": 0.02, "class_wise_ece": 0.01, "log_loss": 0.8, "brier": 0.3}


def after(**changes: float) -> dict[str, float]:
    return BEFORE | {name: BEFORE[name] + 0.01 for name in MEASURES} | changes


def test_what_worsened_everything_is_named_with_its_numbers() -> None:
    found = worsened(BEFORE, after())
    assert found is not None
    assert found.endswith("log-loss 0.8000 to 0.8100, Brier score 0.3000 to 0.3100, ECE 0.0200 to 0.0300")


@pytest.mark.parametrize("name", MEASURES)
def test_one_measure_that_was_kept_is_enough(name: str) -> None:
    assert worsened(BEFORE, after(**{name: BEFORE[name]})) is None
    assert worsened(BEFORE, after(**{name: BEFORE[name] - 0.001})) is None


def test_the_class_wise_error_decides_nothing() -> None:
    assert worsened(BEFORE, after(class_wise_ece=0.0)) is not None


def test_probabilities_that_mean_what_they_say_have_no_error() -> None:
    labels = np.array([0, 1, 2, 0], dtype=np.int64)
    sure = np.eye(len(CATEGORIES))[labels]
    measures = quality(sure, labels)
    assert set(measures) == {*MEASURES, "class_wise_ece"}
    assert all(value == pytest.approx(0.0, abs=1e-9) for value in measures.values())


def test_sure_and_wrong_is_the_worst() -> None:
    labels = np.array([0, 1], dtype=np.int64)
    wrong = np.full((2, len(CATEGORIES)), 1e-9)
    wrong[[0, 1], labels + 1] = 1.0 - 21e-9
    measures = quality(wrong, labels)
    assert measures["ece"] == pytest.approx(1.0)
    assert measures["brier"] == pytest.approx(2.0)
    assert measures["log_loss"] == pytest.approx(-np.log(1e-9))
