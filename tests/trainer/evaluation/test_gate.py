"""The gate: passes, refuses or does not know, and always says why."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from schemas.taxonomy import CATEGORIES, Category
from scorer.model.threshold_setting import MUTED
from scorer.model.thresholds import Threshold, Thresholds
from scorer.release.manifest import Gate
from trainer.evaluation.calibration_effect import worsened
from trainer.evaluation.category_report import CategoryReport, intervals
from trainer.evaluation.champion_comparison import ChampionComparison, compare_with_champion
from trainer.evaluation.evaluate import Slice, evaluate, with_intervals
from trainer.evaluation.gate import GateVerdict, evaluate_gate
from trainer.evaluation.gate_mode import GateMode
from trainer.evaluation.mute import mute
from trainer.evaluation.rules_baseline import RulesBaseline

FINE = CategoryReport("Groceries", 1_000, 300.0, 0.9, 0.9, 0.9, 10, 0.9, 90, 0.1, 0.85, 0.95)
FIVE = tuple(
    replace(FINE, category=name) for name in ("Groceries", "Dining", "Transport", "Fuel & Auto", "Utilities & Telecom")
)
WEAK = replace(FINE, category="Education", support=400, effective=100.0, f1=0.5, f1_low=0.45, f1_high=0.55)
UNSURE = replace(WEAK, f1_high=0.65)
RARE = replace(FINE, category="Cash", support=60, effective=20.0, f1_low=0.3)
GOOD = Slice("all", 6_000, 0.8, 0.85, 0.5, 0.2, 0.01, 0.7, 0.93, 3.0, FIVE, 0.75, 0.85)
PROVEN = Thresholds(
    wanted_precision=0.9,
    unknown=Threshold(value=0.8, bound=0.91),
    by_category={category: Threshold(value=0.5, bound=0.91) for category in CATEGORIES},
)
LEVEL = RulesBaseline(0.5, 2_000, 90, 0.90, 0.90, -0.01, 0.01)

HURT = worsened({"log_loss": 0.5, "brier": 0.3, "ece": 0.02}, {"log_loss": 0.6, "brier": 0.4, "ece": 0.03}) or ""


def ask(slice_: Slice, *, mode: GateMode = GateMode.STRICT, **others: object) -> Gate:
    """Judge a view all of whose categories were seen."""
    asked = {"seen": {report.category for report in slice_.categories}, "thresholds": PROVEN, "rules": LEVEL} | others
    return evaluate_gate(slice_, mode=mode, **asked)  # type: ignore[arg-type]


def plus(*reports: CategoryReport) -> Slice:
    return replace(GOOD, categories=(*FIVE, *reports))


@pytest.mark.parametrize(
    ("slice_", "mode", "others", "verdict", "says"),
    [
        pytest.param(GOOD, GateMode.STRICT, {}, GateVerdict.PASS, "", id="good"),
        pytest.param(
            replace(GOOD, macro_f1=0.71),
            GateMode.STRICT,
            {},
            GateVerdict.REFUSED,
            "macro-F1 0.710 is below",
            id="macro-F1",
        ),
        pytest.param(
            plus(WEAK),
            GateMode.STRICT,
            {},
            GateVerdict.REFUSED,
            "Education: F1 0.500 (95 %: 0.450 to 0.550)",
            id="weak",
        ),
        pytest.param(plus(WEAK), GateMode.MUTE, {}, GateVerdict.PASS, "Education is muted", id="weak, muted"),
        pytest.param(plus(UNSURE), GateMode.STRICT, {}, GateVerdict.PASS, "", id="weak, but its interval reaches .60"),
        pytest.param(
            plus(RARE),
            GateMode.STRICT,
            {},
            GateVerdict.PASS,
            "not judged, served only above a threshold",
            id="rare: not judged",
        ),
        pytest.param(replace(GOOD, ece=0.06), GateMode.STRICT, {}, GateVerdict.REFUSED, "calibration error", id="ECE"),
        pytest.param(
            replace(GOOD, ece=0.06, rows=4_900),
            GateMode.STRICT,
            {},
            GateVerdict.PASS,
            "4,900 rows, 5,000",
            id="ECE unmeasured",
        ),
        pytest.param(
            replace(GOOD, design_effect=60.0),
            GateMode.STRICT,
            {},
            GateVerdict.INCONCLUSIVE,
            "100 independent",
            id="few rows",
        ),
        pytest.param(
            GOOD,
            GateMode.STRICT,
            {"champion": ChampionComparison("m1", -0.02, -0.03)},
            GateVerdict.REFUSED,
            "champion m1",
            id="worse than champion",
        ),
        pytest.param(
            GOOD,
            GateMode.STRICT,
            {"champion": ChampionComparison("m1", 0.0, -0.005)},
            GateVerdict.PASS,
            "",
            id="as good as champion",
        ),
        pytest.param(
            GOOD,
            GateMode.STRICT,
            {"rules": replace(LEVEL, model_accuracy=0.85, low=-0.07, high=-0.02)},
            GateVerdict.REFUSED,
            "the rules are right more often: 0.900 against 0.850",
            id="worse than the rules",
        ),
        pytest.param(
            GOOD,
            GateMode.STRICT,
            {"rules": replace(LEVEL, model_accuracy=0.89, low=-0.03, high=0.01)},
            GateVerdict.PASS,
            "",
            id="perhaps worse than the rules",
        ),
        pytest.param(
            GOOD,
            GateMode.STRICT,
            {"rules": RulesBaseline(0.0, 0, 0, 0.0, 0.0, None, None)},
            GateVerdict.PASS,
            "not compared with the rules: both answer 0 rows",
            id="rules that never answer",
        ),
        pytest.param(
            GOOD, GateMode.STRICT, {"rules": None}, GateVerdict.PASS, "rules were not asked", id="rules not asked"
        ),
        pytest.param(
            GOOD,
            GateMode.STRICT,
            {"calibration": HURT},
            GateVerdict.INCONCLUSIVE,
            HURT,
            id="calibration that worsened all",
        ),
        pytest.param(
            replace(GOOD, macro_f1=float("nan")),
            GateMode.STRICT,
            {},
            GateVerdict.INCONCLUSIVE,
            "macro-F1 is not",
            id="NaN",
        ),
        pytest.param(
            replace(GOOD, ece=float("nan")),
            GateMode.STRICT,
            {},
            GateVerdict.INCONCLUSIVE,
            "ECE is not a finite",
            id="NaN ECE",
        ),
        pytest.param(
            replace(GOOD, categories=FIVE[:4]),
            GateMode.STRICT,
            {"seen": {report.category for report in FIVE}},
            GateVerdict.INCONCLUSIVE,
            "4 of 5 categories could be judged, 5 are needed",
            id="four of five",
        ),
        pytest.param(
            replace(GOOD, rows=4_000, categories=FIVE[:4]),
            GateMode.STRICT,
            {},
            GateVerdict.PASS,
            "",
            id="all four that exist",
        ),
        pytest.param(
            replace(GOOD, rows=7_200),
            GateMode.STRICT,
            {},
            GateVerdict.INCONCLUSIVE,
            "cover 69% of the rows",
            id="69 % of rows",
        ),
        pytest.param(
            replace(GOOD, rows=40_000, macro_f1=0.65, macro_f1_high=0.75),
            GateMode.STRICT,
            {},
            GateVerdict.INCONCLUSIVE,
            "macro-F1 0.650 is below 0.72, but may be up to 0.750",
            id="a low mean over what nobody could judge",
        ),
        pytest.param(
            replace(GOOD, rows=40_000, macro_f1=0.55, macro_f1_high=0.65),
            GateMode.STRICT,
            {},
            GateVerdict.REFUSED,
            "macro-F1 0.550 is below",
            id="too low whatever could be judged",
        ),
    ],
)
def test_verdicts(slice_: Slice, mode: GateMode, others: dict[str, object], verdict: GateVerdict, says: str) -> None:
    gate = ask(slice_, mode=mode, **others)
    assert (gate.verdict, says in " ".join(gate.reasons)) == (verdict, True), gate.reasons
    if not says and slice_.rows >= 5_000:
        assert not gate.reasons


def test_a_pass_that_judged_one_of_twenty_two_is_inconclusive_and_names_what_is_missing() -> None:
    rare = [replace(RARE, category=category.value) for category in CATEGORIES[1:]]
    gate = ask(replace(GOOD, rows=9_000, categories=(FINE, *rare)))
    assert gate.verdict == GateVerdict.INCONCLUSIVE
    assert "1 of 22 categories could be judged, 5 are needed" in gate.reasons
    assert set(gate.missing) == {category.value for category in CATEGORIES[1:]}
    assert set(gate.missing.values()) == {90}  # 60 rows are worth 20: 90 more are worth the other 30
    assert gate.scope(22) == "1 of 22 seen of 22 categories judged, covering 11% of rows"
    assert not gate.muted  # what may only be shadowed shows what it would have answered


def test_a_category_that_was_seen_without_a_row_in_the_gate_fold_is_missing_too() -> None:
    gate = ask(GOOD, seen={"Cash", *(report.category for report in FIVE)})
    assert gate.missing == {"Cash": 150}  # 50 rows at the fold's design effect of 3
    assert gate.scope(22) == "5 of 6 seen of 22 categories judged, covering 83% of rows"


def test_what_could_not_be_judged_is_served_above_a_proven_threshold_only() -> None:
    bars = {category: Threshold(value=0.5, bound=0.91) for category in CATEGORIES}
    bars |= {category: Threshold(value=0.9) for category in CATEGORIES if category.value in ("Cash", "Groceries")}
    thresholds = replace_bars(bars)
    gate = ask(plus(RARE, replace(RARE, category="Travel")), thresholds=thresholds)
    served = mute(thresholds, gate)
    muted = [category.value for category, bar in served.by_category.items() if bar.value == MUTED]
    assert muted == ["Cash"]  # Travel is proven, and Groceries was judged
    assert gate.muted == ("Cash",)
    assert "not judged and muted, since nothing proves a threshold: Cash" in gate.reasons
    assert "not judged, served only above a threshold proven on the calibration fold: Travel" in gate.reasons


@pytest.mark.parametrize(("bound", "expected"), [(0.91, 0.8), (None, MUTED)], ids=["proven", "not proven"])
def test_an_unjudged_category_answers_unknown_merchants_only_above_a_proven_bar(
    bound: float | None, expected: float
) -> None:
    bars = {category: Threshold(value=0.5, unknown=0.8, bound=0.91) for category in CATEGORIES}
    thresholds = replace_bars(bars, unknown_bound=bound)
    served = mute(thresholds, ask(plus(RARE), thresholds=thresholds)).by_category
    by_name = {category.value: bar.unknown for category, bar in served.items()}
    assert (by_name["Cash"], by_name["Groceries"]) == (expected, 0.8)


def test_a_muted_category_cannot_be_served() -> None:
    muted = mute(PROVEN, Gate("PASS", "mute", (), ("Education",))).by_category
    assert {category.value for category, bar in muted.items() if bar.value == MUTED} == {"Education"}


def test_a_category_that_no_label_names_is_muted() -> None:
    thresholds = replace_bars({category: Threshold(value=0.9, bound=None) for category in CATEGORIES})
    gate = ask(GOOD, thresholds=thresholds)
    assert len(gate.muted) == 17
    assert any(reason.startswith("muted, since no label names them: Housing") for reason in gate.reasons)


def replace_bars(bars: dict[Category, Threshold], unknown_bound: float | None = 0.91) -> Thresholds:
    return Thresholds(wanted_precision=0.9, unknown=Threshold(value=0.8, bound=unknown_bound), by_category=bars)


def judged_fold(labels: npt.NDArray[np.int64], best: npt.NDArray[np.int64], keys: Sequence[str]) -> Gate:
    """Return the gate's word on answers that are as sure as they are right."""
    right = float((labels == best).mean())
    shares = np.full((len(labels), len(CATEGORIES)), (1 - right) / (len(CATEGORIES) - 1))
    shares[np.arange(len(labels)), best] = right
    slice_ = evaluate("all", shares, labels, keys, np.zeros_like(shares))
    slice_ = with_intervals(slice_, intervals(best, labels, keys, seed=1))
    return ask(slice_, seen={category.value for category in CATEGORIES[:6]})


def fold(rows: int = 12_000, merchants: int = 1_200) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], list[str]]:
    """Return labels of six categories, answers right for 95 %, and merchants of one category each."""
    dice = np.random.default_rng(4)
    merchant = dice.integers(0, merchants, rows)
    labels = merchant % 6
    best = np.where(dice.random(rows) < 0.95, labels, (labels + 1) % 6)
    return labels, best, [f"m{place}" for place in merchant]


def test_a_fold_of_many_merchants_passes() -> None:
    gate = judged_fold(*fold())
    assert (gate.verdict, len(gate.judged)) == (GateVerdict.PASS, 6)


def test_one_giant_merchant_speaks_for_nobody_else() -> None:
    labels, best, keys = fold()
    giant = np.arange(len(labels)) % 10 != 0  # nine rows of ten, half of them right
    labels[giant], best[giant] = 0, np.arange(giant.sum()) % 2
    gate = judged_fold(labels, best, ["giant" if is_giant else key for is_giant, key in zip(giant, keys, strict=True)])
    assert gate.verdict == GateVerdict.INCONCLUSIVE
    assert "Groceries" in gate.missing
    assert "Groceries" not in gate.judged


def test_a_category_of_three_merchants_is_neither_judged_nor_refused() -> None:
    labels, best, keys = fold()
    kept = np.flatnonzero((labels != 5) | (np.arange(len(labels)) < 1_000))
    labels, best, keys = labels[kept], best[kept], [keys[row] for row in kept.tolist()]
    few = labels == 5
    best[few] = 0  # every answer wrong, yet three merchants prove nothing
    named = [f"few{row % 3}" if is_few else key for row, (is_few, key) in enumerate(zip(few, keys, strict=True))]
    gate = judged_fold(labels, best, named)
    assert gate.verdict == GateVerdict.PASS
    assert len(gate.judged) == 5
    assert gate.missing.keys() == {CATEGORIES[5].value}


def test_rows_of_one_category_only_are_inconclusive() -> None:
    labels = np.zeros(9_000, dtype=np.int64)
    gate = judged_fold(labels, labels.copy(), [f"m{place % 900}" for place in range(9_000)])
    assert gate.verdict == GateVerdict.INCONCLUSIVE
    assert "1 of 6 categories could be judged, 5 are needed" in gate.reasons


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_probabilities_that_are_no_numbers_are_inconclusive() -> None:
    labels, best, keys = fold()
    shares = np.eye(len(CATEGORIES))[best]
    shares[7] = np.nan
    slice_ = with_intervals(
        evaluate("all", shares, labels, keys, np.zeros_like(shares)), intervals(best, labels, keys, seed=1)
    )
    gate = ask(slice_)
    assert gate.verdict == GateVerdict.INCONCLUSIVE
    assert "log-loss is not a finite number: it was not measured" in gate.reasons


def test_a_worse_model_is_seen_through_the_noise_of_merchants() -> None:
    dice = np.random.default_rng(1)
    labels = dice.integers(0, 4, 3_000)
    keys = tuple(f"m{number}" for number in dice.integers(0, 400, 3_000))
    champion = np.where(dice.random(3_000) < 0.9, labels, 0)
    worse = np.where(dice.random(3_000) < 0.8, labels, 0)
    assert (
        compare_with_champion("c", champion=champion, best=worse, labels=labels, keys=keys, seed=1).lower_bound < -0.01
    )
    same = compare_with_champion("c", champion=champion, best=champion, labels=labels, keys=keys, seed=1)
    assert same.lower_bound == same.difference == 0.0


def test_what_the_model_answers_must_be_proven_together() -> None:
    proven, unproven = (Threshold(value=0.4, bound=0.91, precision=0.93), Threshold(value=MUTED))
    assert ask(GOOD, thresholds=msgspec.structs.replace(PROVEN, everything=proven)).verdict == GateVerdict.PASS
    gate = ask(GOOD, thresholds=msgspec.structs.replace(PROVEN, everything=unproven))
    assert gate.verdict == GateVerdict.INCONCLUSIVE
    assert "nothing proves on the calibration fold that the model's answers together are right for 0.90" in gate.reasons
