"""Curves: against values worked out by hand."""

import numpy as np
import pytest

from schemas.events.candidate import Band
from scorer.model.known_words import WordingEvidence
from trainer.evaluation.curves import bands, precision_of, recall_of, risk_coverage, threshold_curve, wilson
from trainer.evaluation.scored_fold import ScoredFold

# Confidence and whether right, of four answers that all name category 0.
SURE, RIGHT = (0.97, 0.90, 0.80, 0.50), (True, True, False, True)


def judged() -> ScoredFold:
    shares = np.zeros((4, 22))
    shares[:, 0] = SURE
    shares[:, 1] = 1 - shares[:, 0]
    labels = np.where(RIGHT, 0, 1).astype(np.int64)
    return ScoredFold(
        shares,
        labels,
        ("a", "b", "c", "d"),
        np.zeros((4, 13), dtype=np.float32),
        np.ones(4, dtype=bool),
        np.full(4, WordingEvidence.WORDS, dtype=np.uint8),
    )


def test_wilsons_interval_is_the_one_of_the_books() -> None:
    assert wilson(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson(1.0, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson(0.0, 0) == (0.0, 1.0)


def test_risk_rises_along_the_coverage_as_the_rows_do() -> None:
    assert risk_coverage(judged()) == ((0.25, 0.0), (0.5, 0.0), (0.75, 1 / 3), (1.0, 0.25))


def test_each_band_counts_its_answers_and_those_above_their_bar() -> None:
    bars = np.full((4, 22), 0.85)
    counted = {
        report.band: (report.all and (report.all.rows, report.all.value), report.served and report.served.rows)
        for report in bands(judged(), bars)
    }
    assert counted == {
        Band.VERY_HIGH: ((1, 1.0), 1),
        Band.HIGH: ((1, 1.0), 1),
        Band.MEDIUM: ((1, 0.0), None),
        Band.LOW: ((1, 1.0), None),
    }


def test_precision_and_recall_of_a_category_carry_their_rows() -> None:
    precision, recall = precision_of(judged(), 0), recall_of(judged(), 0)
    assert precision is not None
    assert recall is not None
    assert (precision.value, precision.rows, recall.value, recall.rows) == (0.75, 4, 1.0, 3)
    assert precision.low < 0.75 < precision.high
    assert precision_of(judged(), 5) is None


def test_a_threshold_curve_keeps_fewer_and_fewer() -> None:
    curve = threshold_curve(judged(), 0)
    assert [share for _, share, _ in curve] == sorted((share for _, share, _ in curve), reverse=True)
    assert curve[0][1:] == (1.0, 0.75)
    assert curve[-1][1:] == (0.25, 1.0)
