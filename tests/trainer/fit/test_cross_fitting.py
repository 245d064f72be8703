"""Lessons: what a row may know of itself, seen three times."""

from dataclasses import replace

import numpy as np
import pytest

from schemas.taxonomy import CATEGORIES
from scorer.features.features import FEATURE_NAMES
from scorer.model.token_hashing import hash_texts
from tests.support.small_dataset import DOCUMENTS, VOCABULARY, table
from trainer.dataset.table import TrainingTable
from trainer.fit.cross_fitting import Lessons, lessons, score_rows
from trainer.fit.text_fit import design, to_model

COUNT = len(CATEGORIES)
HASHED = hash_texts([document.text for document in DOCUMENTS])
SUPPORT = FEATURE_NAMES.index("support")


def taught(rows: TrainingTable, *, regular: float = 0.8, stranger: float = 0.3) -> tuple[Lessons, int]:
    """Return the lessons, and how many of them are rows as they came."""
    made = design(rows, HASHED)
    scores, weights = score_rows(made, rows, with_regulars=regular > 0, with_strangers=stranger > 0)
    text = to_model(made, weights, DOCUMENTS, HASHED)
    found = lessons(rows, scores, text, VOCABULARY, regular_weight=regular, stranger_weight=stranger)
    return found, len(scores.rows)


def test_a_row_is_learnt_as_it_came_as_a_regulars_and_as_a_strangers() -> None:
    rows = table()
    found, came = taught(rows)
    count = len(rows)
    assert 0 < came < count
    assert len(found.features) == len(found.labels) == len(found.weights) == came + 2 * count
    regulars, strangers = slice(came, came + count), slice(came + count, None)
    assert found.weights[:came].mean() == pytest.approx(1)
    assert found.weights[regulars].mean() == pytest.approx(0.8)
    assert found.weights[strangers].mean() == pytest.approx(0.3)
    assert found.features[regulars, SUPPORT].max() > 0
    assert not found.features[strangers, SUPPORT].any()
    prior = slice(2 * COUNT, 3 * COUNT)
    assert FEATURE_NAMES[prior.start].startswith("prior")
    assert found.features[regulars, prior].any()
    assert not found.features[strangers, prior].any()


def test_a_first_word_teaches_its_regulars_and_not_its_strangers() -> None:
    rows = table()
    costa = np.array([norm.startswith("costa") for norm in rows.norms])
    turned = replace(rows, labels=np.where(costa, (rows.labels + 1) % 2, rows.labels))
    (before, came), (after, _) = taught(rows), taught(turned)
    regulars, strangers = came + np.flatnonzero(costa), came + len(rows) + np.flatnonzero(costa)
    assert not np.array_equal(before.features[regulars, :COUNT], after.features[regulars, :COUNT])
    assert np.array_equal(before.features[strangers, :COUNT], after.features[strangers, :COUNT])


def test_a_weight_of_nothing_leaves_its_rows_out() -> None:
    rows = table()
    found, came = taught(rows, regular=0.0, stranger=0.0)
    assert len(found.features) == came
