"""The gate: passes, refuses or does not know, and always says why."""

from dataclasses import replace

import numpy as np
import pytest

from schemas.taxonomy import CATEGORIES, Category
from scorer.manifest import Gate
from scorer.thresholds import MUTED, Threshold, Thresholds
from trainer.calibration_effect import worsened
from trainer.evaluate import CategoryReport, View
from trainer.gate import Rivalry, Verdict, compare, judge, mute
from trainer.mode import Mode

WEAK = CategoryReport("Education", 400, 100.0, 0.5, 0.5, 0.5, 10, 0.9)
FINE = CategoryReport("Groceries", 4_000, 900.0, 0.9, 0.9, 0.9, 10, 0.9)
RARE = replace(WEAK, effective=20.0)
GOOD = View("all", 6_000, 0.8, 0.85, 0.5, 0.2, 0.01, 0.7, 0.93, 3.0, (FINE,))


@pytest.mark.parametrize(
    ("view", "mode", "rivalry", "verdict", "says"),
    [
        pytest.param(GOOD, Mode.STRICT, None, Verdict.PASS, "", id="good"),
        pytest.param(replace(GOOD, macro_f1=0.71), Mode.STRICT, None, Verdict.REFUSED, "macro-F1 0.710", id="macro-F1"),
        pytest.param(
            replace(GOOD, categories=(FINE, WEAK)), Mode.STRICT, None, Verdict.REFUSED, "Education: F1 0.500", id="weak"
        ),
        pytest.param(
            replace(GOOD, categories=(FINE, WEAK)),
            Mode.MUTE,
            None,
            Verdict.PASS,
            "Education is muted",
            id="weak, muted",
        ),
        pytest.param(
            replace(GOOD, categories=(FINE, RARE)), Mode.STRICT, None, Verdict.PASS, "", id="rare: not judged"
        ),
        pytest.param(replace(GOOD, ece=0.06), Mode.STRICT, None, Verdict.REFUSED, "calibration error", id="ECE"),
        pytest.param(replace(GOOD, ece=0.06, rows=4_000), Mode.STRICT, None, Verdict.PASS, "", id="ECE of few rows"),
        pytest.param(
            replace(GOOD, rows=300), Mode.STRICT, None, Verdict.INCONCLUSIVE, "100 independent", id="few rows"
        ),
        pytest.param(
            GOOD, Mode.STRICT, Rivalry("m1", -0.02, -0.03), Verdict.REFUSED, "champion m1", id="worse than champion"
        ),
        pytest.param(GOOD, Mode.STRICT, Rivalry("m1", 0.0, -0.005), Verdict.PASS, "", id="as good as champion"),
    ],
)
def test_verdicts(view: View, mode: Mode, rivalry: Rivalry | None, verdict: Verdict, says: str) -> None:
    gate = judge(view, mode=mode, rivalry=rivalry)
    assert gate.verdict == verdict
    assert bool(gate.reasons) == bool(says)
    assert says in " ".join(gate.reasons)


def test_a_calibration_that_worsened_every_measure_leaves_the_verdict_open() -> None:
    said = worsened({"log_loss": 0.5, "brier": 0.3, "ece": 0.02}, {"log_loss": 0.6, "brier": 0.4, "ece": 0.03})
    gate = judge(GOOD, mode=Mode.STRICT, calibration=said)
    assert gate.verdict == Verdict.INCONCLUSIVE
    assert gate.reasons == (said,)


def test_a_muted_category_cannot_be_served() -> None:
    bars = Thresholds(wanted_precision=0.9, by_category={category: Threshold(value=0.5) for category in CATEGORIES})
    muted = mute(bars, Gate("PASS", "mute", (), ("Education",)))
    assert muted.by_category[Category.EDUCATION].value == MUTED
    assert muted.by_category[Category.CASH].value == 0.5


def test_a_worse_model_is_seen_through_the_noise_of_merchants() -> None:
    dice = np.random.default_rng(1)
    labels = dice.integers(0, 4, 3_000)
    keys = tuple(f"m{number}" for number in dice.integers(0, 400, 3_000))
    champion = np.where(dice.random(3_000) < 0.9, labels, 0)
    worse = np.where(dice.random(3_000) < 0.8, labels, 0)
    assert compare("c", champion=champion, best=worse, labels=labels, keys=keys, seed=1).lower_bound < -0.01
    same = compare("c", champion=champion, best=champion, labels=labels, keys=keys, seed=1)
    assert same.lower_bound == same.difference == 0.0
