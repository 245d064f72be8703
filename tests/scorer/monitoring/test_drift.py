"""Drift and expected accuracy: quiet without a change at any sample size, loud with one, silent on too little."""

import numpy as np
import pytest

from scorer.features.features import NUMERIC_NAMES
from scorer.monitoring.cbpe import MIN_ANSWERS, WINDOW, ExpectedAccuracy
from scorer.monitoring.drift import ANSWER, NEW_MERCHANT, Histogram, Rows, count, psi, psi_bar, refer
from scorer.release.drift_baseline import PIECE, Reference

NAN, INFINITE = float("nan"), float("inf")


def rows(size: int, *, seed: int, dearer: float = 0.0, new: float = 0.2) -> Rows:
    dice = np.random.default_rng(seed)
    numeric = dice.normal(3.0, 1.0, (size, len(NUMERIC_NAMES))).astype(np.float32)
    numeric[:, NUMERIC_NAMES.index("log_amount")] += np.float32(dearer)
    numeric[:, NUMERIC_NAMES.index("hour")] = dice.integers(0, 24, size)
    numeric[:, NUMERIC_NAMES.index("weekday")] = dice.integers(0, 7, size)
    numeric[:, NUMERIC_NAMES.index("day")] = dice.integers(1, 29, size)
    numeric[:, NUMERIC_NAMES.index("channel")] = dice.integers(-1, 6, size)
    return Rows(numeric, dice.random(size) >= new, dice.integers(0, 22, size))


def reference(size: int = 4_000, *, design_effect: float = 1.0) -> Reference:
    return Reference(rows=size, design_effect=design_effect, histograms=refer(rows(size, seed=1)))


@pytest.mark.parametrize("size", [200, 1_000, 5_000])
def test_the_same_world_stays_under_its_bar_at_any_size(size: int) -> None:
    held = reference()
    above = [
        name
        for seed in range(60)
        for name, (value, bar) in held.drift(held.count(rows(size, seed=100 + seed)), days=7).items()
        if value > bar
    ]
    assert len(above) <= 4  # of 600 looks, at one in a thousand each


def test_what_moved_is_named_and_nothing_else() -> None:
    held = reference()
    moved = held.drift(held.count(rows(2_000, seed=2, dearer=0.8, new=0.6)), days=7)
    assert {name for name, (value, bar) in moved.items() if value > bar} == {"log_amount", NEW_MERCHANT}


def test_a_small_window_needs_a_larger_shift_and_a_tiny_one_says_nothing() -> None:
    small, large = (
        psi_bar(np.full(10, 400.0), np.full(10, size / 10), design_effect=3.5) for size in (300.0, 50_000.0)
    )
    assert small > 3 * large
    held = reference()
    assert held.drift(held.count(rows(199, seed=3)), days=7) == {}


def test_a_window_is_held_against_its_own_piece_of_the_calendar() -> None:
    """Mornings are dear and nights are cheap in the reference, and the window holds mornings only."""

    def of_hours(hours: range, *, seed: int) -> Rows:
        found = rows(4_000, seed=seed)
        hour = np.random.default_rng(seed).choice(list(hours), len(found.numeric))
        found.numeric[:, NUMERIC_NAMES.index("hour")] = hour
        found.numeric[:, NUMERIC_NAMES.index("log_amount")] += np.where(hour < 6, 0, 2).astype(np.float32)
        return found

    held = Reference(rows=4_000, design_effect=1.0, histograms=refer(of_hours(range(12), seed=1)))
    mornings = held.drift(held.count(of_hours(range(6, 12), seed=2)), days=7)
    assert {name for name, (value, bar) in mornings.items() if value > bar} == set()
    whole = Reference(
        rows=4_000,
        design_effect=1.0,
        histograms={name: Histogram(one.edges, one.counts) for name, one in held.histograms.items()},
    )  # as a release of before there were cells
    without = whole.drift(whole.count(of_hours(range(6, 12), seed=2)), days=7)
    assert {name for name, (value, bar) in without.items() if value > bar} == {"log_amount"}


def with_histogram(name: str, histogram: Histogram) -> Reference:
    held = reference()
    return Reference(rows=held.rows, design_effect=1.0, histograms=held.histograms | {name: histogram})


@pytest.mark.parametrize(
    ("histogram", "fault"),
    [
        pytest.param(Histogram((1.0, NAN), (1.0, 2.0, 3.0)), "edges do not rise", id="an edge is not finite"),
        pytest.param(Histogram((2.0, 1.0), (1.0, 2.0, 3.0)), "edges do not rise", id="edges fall"),
        pytest.param(Histogram((1.0,), (1.0, -2.0)), "a count is no number", id="a negative count"),
        pytest.param(Histogram((1.0,), (1.0, 1e308)), "a count is no number", id="a count that overflows"),
        pytest.param(Histogram((1.0,), (1.0, NAN)), "a count is no number", id="a count is not finite"),
        pytest.param(Histogram((1.0,), (1.0, 1.0), {3: (1.0, INFINITE)}), "a count is no number", id="one of a cell"),
        pytest.param(Histogram((1.0,), (0.0, 0.0)), "holds no row", id="no row"),
        pytest.param(Histogram((1.0,), (1.0, 1.0)), "counts other rows than new_merchant", id="other rows"),
    ],
)
def test_a_reference_that_nothing_can_be_held_against_says_why(histogram: Histogram, fault: str) -> None:
    assert reference().faults() == []
    (found,) = with_histogram("words", histogram).faults()
    assert found.startswith("reference.json: words: ")
    assert fault in found


@pytest.mark.parametrize("effect", [0.0, -1.0, NAN, INFINITE])
def test_a_design_effect_is_a_positive_number(effect: float) -> None:
    assert reference(design_effect=effect).faults() == ["reference.json: the design effect is no positive number"]


def test_a_piece_of_a_week_needs_a_larger_shift() -> None:
    held = reference()
    window = held.count(rows(2_000, seed=2))
    (_, first), (_, half), (_, week), (_, month) = (
        held.drift(window, days=days)["log_amount"] for days in (0.0, 3.5, 7.0, 30.0)
    )
    assert first == pytest.approx(PIECE * week)
    assert half == pytest.approx((PIECE + 1) / 2 * week)
    assert week == month


def test_the_index_is_that_of_the_books() -> None:
    first, second = np.array([5_000.0, 5_000.0]), np.array([6_000.0, 4_000.0])
    by_hand = (0.6 - 0.5) * np.log(0.6 / 0.5) + (0.4 - 0.5) * np.log(0.4 / 0.5)
    assert psi(first, second) == pytest.approx(by_hand, rel=1e-3)
    assert psi(first, first) == 0.0


def test_every_row_is_counted_once_in_every_feature() -> None:
    held = reference()
    counted = held.count(rows(321, seed=5))
    assert {ANSWER, NEW_MERCHANT, "channel", "log_amount"} <= counted.keys()
    assert not {"hour", "weekday", "day"} & counted.keys()  # a window is a piece of the calendar by its nature
    assert {name: counts.sum() for name, counts in counted.items()} == dict.fromkeys(counted, 321.0)
    assert count({"a feature of another day": held.histograms["words"]}, rows(5, seed=1)) == {}


def test_a_reference_survives_its_file() -> None:
    assert Reference.from_bytes(reference().to_bytes()) == reference()


def test_expected_accuracy_is_the_mean_confidence_of_the_last_answers() -> None:
    expected = ExpectedAccuracy()
    expected.add([0.9] * (MIN_ANSWERS - 1))
    assert expected.value is None
    expected.add([0.9])
    assert expected.value == pytest.approx(0.9)
    for _ in range(WINDOW // 500 + 1):
        expected.add([0.6] * 500)
    assert expected.value == pytest.approx(0.6)
