"""Continued text: what the scores of later rows may know of themselves, and what earlier rows keep."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from scorer.model.token_hashing import hash_texts
from tests.support.small_dataset import DOCUMENTS, folds, table
from trainer.dataset.table import TrainingTable
from trainer.fit.continued_text import HALVES, continue_text
from trainer.fit.cross_fitting import TextFit, fit_text
from trainer.fit.text_design import build_design
from trainer.fit.text_fit import folds_by_row

HASHED = hash_texts([document.text for document in DOCUMENTS])


@pytest.fixture(scope="module")
def past() -> TextFit:
    """Return the text part of a training on the train fold."""
    rows = folds().train
    return fit_text(build_design(rows, HASHED), rows, with_kfold=True, with_cold_start=True)


def continued(past: TextFit, rows: TrainingTable) -> TextFit:
    """Return it carried on to more rows."""
    return continue_text(past, build_design(rows, HASHED), rows)


def is_later(past: TextFit) -> npt.NDArray[np.bool_]:
    """Return which rows of the table the past training did not learn."""
    known = set(past.rows.identities)
    return np.array([name not in known for name in table().identities])


def test_rows_that_were_learned_keep_their_scores(past: TextFit) -> None:
    found, kept = continued(past, table()).scores, ~is_later(past)
    assert np.array_equal(found.forward_chained[kept], past.scores.forward_chained)
    assert found.kfold is not None and past.scores.kfold is not None
    assert np.array_equal(found.kfold[kept], past.scores.kfold)
    assert found.cold_start is not None and past.scores.cold_start is not None
    assert np.array_equal(found.cold_start[kept], past.scores.cold_start)
    later = np.flatnonzero(is_later(past)).tolist()
    assert found.scored_rows.tolist() == sorted([*np.flatnonzero(kept)[past.scores.scored_rows].tolist(), *later])


@pytest.mark.parametrize("half", range(HALVES))
def test_labels_of_later_rows_move_none_of_their_own_scores(past: TextFit, half: int) -> None:
    rows, later = table(), is_later(past)
    of_half = later & (folds_by_row(rows) % HALVES == half)
    turned = replace(rows, labels=np.where(of_half, (rows.labels + 1) % 2, rows.labels))
    before, after = continued(past, rows).scores, continued(past, turned).scores
    assert np.array_equal(before.forward_chained, after.forward_chained)
    assert before.cold_start is not None and after.cold_start is not None
    assert np.array_equal(before.cold_start, after.cold_start)
    assert before.kfold is not None and after.kfold is not None
    assert np.array_equal(before.kfold[of_half], after.kfold[of_half])
    assert not np.array_equal(before.kfold[later & ~of_half], after.kfold[later & ~of_half])


def test_the_weights_are_those_of_a_fit_on_all_rows(past: TextFit) -> None:
    rows = table()
    design = build_design(rows, HASHED)
    anew = fit_text(design, rows, with_kfold=False, with_cold_start=False)
    found = continued(past, rows).coefficients
    assert np.array_equal(found.classes, anew.coefficients.classes)
    ours, theirs = (design.matrix @ one.linear.weights + one.linear.intercept for one in (found, anew.coefficients))
    assert np.abs((ours - ours.mean(axis=1)[:, None]) - (theirs - theirs.mean(axis=1)[:, None])).mean() < 0.05
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).mean() > 0.99
