"""Measures: against values worked out by hand, and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import f1_score
from sklearn.metrics import log_loss as sklearn_log_loss

from trainer.evaluation.evaluate import brier, evaluate, log_loss, macro_f1, top_label_ece

DICE = np.random.default_rng(5)
SHARES = DICE.dirichlet(np.ones(22) * 0.2, 500)
LABELS = DICE.integers(0, 5, 500)


def test_macro_f1_is_that_of_scikit_learn_over_the_categories_with_labels() -> None:
    best = SHARES.argmax(axis=1)
    expected = f1_score(LABELS, best, labels=np.unique(LABELS), average="macro", zero_division=0)
    assert macro_f1(best, LABELS) == pytest.approx(expected)


def test_log_loss_is_that_of_scikit_learn() -> None:
    shares = np.maximum(SHARES, 1e-9)
    shares /= shares.sum(axis=1, keepdims=True)
    assert log_loss(shares, LABELS) == pytest.approx(sklearn_log_loss(LABELS, shares, labels=list(range(22))))


def test_a_sure_and_right_answer_has_no_error() -> None:
    shares = np.eye(22)[LABELS]
    assert brier(shares, LABELS) == top_label_ece(shares, LABELS) == 0.0


def test_too_sure_shows_as_calibration_error() -> None:
    shares = np.full((100, 22), 0.1 / 21)
    shares[:, 0] = 0.9
    labels = np.array([0] * 50 + [1] * 50)
    assert top_label_ece(shares, labels) == pytest.approx(0.4)


def test_served_precision_counts_only_what_is_above_its_bar() -> None:
    shares = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
    bars = np.array([[0.8, 0.9], [0.5, 0.9], [0.8, 0.9]])  # the second row's merchant has a lower one
    slice_ = evaluate("x", shares, np.array([0, 1, 0]), ["a", "b", "c"], bars)
    assert slice_.coverage == pytest.approx(2 / 3)
    assert slice_.served_precision == 0.5  # the second answer is wrong
