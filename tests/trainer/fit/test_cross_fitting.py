"""Cross fitting: what a row may know of itself, in each of its three variants."""

from dataclasses import replace

import numpy as np
import pytest

from schemas.taxonomy import CATEGORIES
from scorer.features.features import FEATURE_NAMES
from scorer.model.token_hashing import hash_texts
from tests.support.small_dataset import DOCUMENTS, VOCABULARY, table
from trainer.dataset.table import TrainingTable
from trainer.fit.cross_fitting import BoosterRows, build_booster_rows, fit_text
from trainer.fit.text_design import build_design
from trainer.fit.text_fit import to_model

COUNT = len(CATEGORIES)
HASHED = hash_texts([document.text for document in DOCUMENTS])
SUPPORT = FEATURE_NAMES.index("support")


def booster_rows(rows: TrainingTable, *, warm: float = 0.8, cold_start: float = 0.3) -> tuple[BoosterRows, int]:
    """Return the booster's rows, and how many of them are forward-chained."""
    design = build_design(rows, HASHED)
    fitted = fit_text(design, rows, with_kfold=warm > 0, with_cold_start=cold_start > 0)
    text = to_model(design, fitted.coefficients, DOCUMENTS, HASHED)
    found = build_booster_rows(rows, fitted.scores, text, VOCABULARY, warm_weight=warm, cold_start_weight=cold_start)
    return found, len(fitted.scores.scored_rows)


def test_a_row_is_learnt_forward_chained_as_kfold_and_as_cold_start() -> None:
    rows = table()
    found, forward_rows = booster_rows(rows)
    count = len(rows)
    assert 0 < forward_rows < count
    assert len(found.features) == len(found.labels) == len(found.weights) == forward_rows + 2 * count
    kfold_rows, cold_start_rows = slice(forward_rows, forward_rows + count), slice(forward_rows + count, None)
    assert found.weights[:forward_rows].mean() == pytest.approx(1)
    assert found.weights[kfold_rows].mean() == pytest.approx(0.8)
    assert found.weights[cold_start_rows].mean() == pytest.approx(0.3)
    assert found.features[kfold_rows, SUPPORT].max() > 0
    assert not found.features[cold_start_rows, SUPPORT].any()
    prior = slice(2 * COUNT, 3 * COUNT)
    assert FEATURE_NAMES[prior.start].startswith("prior")
    assert found.features[kfold_rows, prior].any()
    assert not found.features[cold_start_rows, prior].any()


def test_a_first_word_teaches_its_regulars_and_not_its_strangers() -> None:
    rows = table()
    costa = np.array([norm.startswith("costa") for norm in rows.norms])
    turned = replace(rows, labels=np.where(costa, (rows.labels + 1) % 2, rows.labels))
    (before, forward_rows), (after, _) = booster_rows(rows), booster_rows(turned)
    kfold_rows, cold_start_rows = forward_rows + np.flatnonzero(costa), forward_rows + len(rows) + np.flatnonzero(costa)
    assert not np.array_equal(before.features[kfold_rows, :COUNT], after.features[kfold_rows, :COUNT])
    assert np.array_equal(before.features[cold_start_rows, :COUNT], after.features[cold_start_rows, :COUNT])


def test_a_weight_of_nothing_leaves_its_rows_out() -> None:
    rows = table()
    found, forward_rows = booster_rows(rows, warm=0.0, cold_start=0.0)
    assert len(found.features) == forward_rows
