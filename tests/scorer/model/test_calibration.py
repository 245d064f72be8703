"""Calibration: probabilities stay probabilities, whatever the scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scorer.model.calibration import FLOOR, Calibration, IsotonicMap, RawScores
from scorer.model.known_words import WordingEvidence

KNOTS = IsotonicMap((0.0, 0.5, 1.0), (0.1, 0.4, 0.9), 0.8)
BENT = Calibration(temperature=1.3, temperature_unknown=2.0, knots=(KNOTS,) * 22)
scores = arrays(np.float32, (3, 22), elements=st.floats(-60, 60, width=32))


def raw(values: np.ndarray, *, known: bool = True) -> RawScores:
    return RawScores(values, np.full(len(values), known), np.full(len(values), WordingEvidence.WORDS, np.uint8))


@given(scores, st.booleans())
def test_rows_sum_to_one_and_nothing_is_impossible(values: np.ndarray, known: bool) -> None:
    shares = BENT.apply(raw(values, known=known))
    assert shares.sum(axis=1) == pytest.approx(np.ones(3))
    assert (shares > FLOOR / 2).all()


@given(scores)
def test_a_temperature_alone_keeps_the_order(values: np.ndarray) -> None:
    shares = Calibration(temperature=2.5, temperature_unknown=2.5).apply(raw(values))
    best = shares.max(axis=1)
    assert best == pytest.approx(shares[np.arange(3), values.argmax(axis=1)])


def test_a_merchant_without_history_has_its_own_temperature() -> None:
    values = np.eye(22, dtype=np.float32)[:1] * 5
    assert BENT.apply(raw(values, known=False)).max() < BENT.apply(raw(values)).max()


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        pytest.param({"temperature": 0.0}, "not above 0", id="zero"),
        pytest.param({"temperature_unknown": float("nan")}, "not above 0", id="nan"),
        pytest.param({"knots": (None,) * 3}, "has 3 categories", id="too few"),
        pytest.param({"knots": (IsotonicMap((0, 1), (0.9, 0.1), 1), *[None] * 21)}, "do not rise", id="falling"),
        pytest.param({"knots": (IsotonicMap((0, 1), (0, float("inf")), 1), *[None] * 21)}, "not finite", id="infinite"),
        pytest.param({"knots": (IsotonicMap((0, 1), (0, 2), 1), *[None] * 21)}, "leaves 0 to 1", id="above one"),
        pytest.param({"knots": (IsotonicMap((0,), (0,), 1), *[None] * 21)}, "do not pair up", id="one knot"),
    ],
)
def test_broken_numbers_are_named(broken: dict[str, object], says: str) -> None:
    calibration = Calibration(**{"temperature": 1.0, "temperature_unknown": 1.0, **broken})  # type: ignore[arg-type]
    assert any(says in fault for fault in calibration.faults())


def test_a_calibration_survives_its_file() -> None:
    assert Calibration.from_bytes(BENT.to_bytes()) == BENT
    assert BENT.faults() == []
