"""Text fit: what a score may know of the row it is for."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from schemas.taxonomy import CATEGORIES
from scorer.features.features import log_probabilities
from scorer.model.token_hashing import hash_marks, hash_texts
from tests.support.small_dataset import DOCUMENTS, table
from trainer.dataset.table import TrainingTable
from trainer.fit.text_design import build_design
from trainer.fit.text_fit import (
    CROSS_FIT_FOLDS,
    cross_fit,
    fit,
    fitting_threads,
    folds_by_first_word,
    folds_by_row,
    predict_log_proba,
    to_model,
)

HASHED = hash_texts([document.text for document in DOCUMENTS])


def scores_of(rows: TrainingTable) -> np.ndarray:
    design = build_design(rows, HASHED)
    with fitting_threads() as threads:
        return cross_fit(design, rows, folds_by_first_word(rows), threads)[0]


@pytest.mark.parametrize("word", ["costa", "shell", "vodafone"])
def test_labels_of_a_first_word_move_none_of_its_own_scores(word: str) -> None:
    rows = table()
    of_word = np.array([norm.split(" ")[0] == word for norm in rows.norms])
    turned = np.where(of_word, (rows.labels + 1) % 2, rows.labels)
    before, after = scores_of(rows), scores_of(replace(rows, labels=turned))
    assert np.array_equal(before[of_word], after[of_word])
    assert not np.array_equal(before[~of_word], after[~of_word])


def test_labels_of_a_part_of_the_rows_move_none_of_its_own_scores() -> None:
    rows = table()
    folds = folds_by_row(rows)
    assert len(np.unique(folds)) == CROSS_FIT_FOLDS
    of_fold = folds == folds[0]
    turned = replace(rows, labels=np.where(of_fold, (rows.labels + 1) % 2, rows.labels))
    with fitting_threads() as threads:
        before, after = (cross_fit(build_design(one, HASHED), one, folds, threads)[0] for one in (rows, turned))
    assert np.array_equal(before[of_fold], after[of_fold])
    assert not np.array_equal(before[~of_fold], after[~of_fold])


def test_one_first_word_only_gives_scores_that_prefer_nothing() -> None:
    rows = table()
    kept = rows.rows(np.array([norm.split(" ")[0] == "pizza" for norm in rows.norms]))
    assert len(np.unique(kept.labels)) > 1  # one label in twenty is wrong
    design = build_design(kept, hash_texts(["pizza"]))
    with fitting_threads() as threads:
        scores, weights = cross_fit(design, kept, folds_by_first_word(kept), threads)
    assert np.array_equal(scores, np.zeros((len(kept), len(CATEGORIES)), np.float32))
    assert weights == {}


def test_parts_that_are_fitted_at_once_are_each_as_if_alone() -> None:
    rows = table()
    design, folds = build_design(rows, HASHED), folds_by_row(rows)
    with ThreadPoolExecutor(1) as one, fitting_threads() as several:
        assert np.array_equal(cross_fit(design, rows, folds, one)[0], cross_fit(design, rows, folds, several)[0])


def test_what_normalisation_takes_away_tells_two_branches_apart() -> None:
    rows = table().rows(np.arange(400))
    branch = np.arange(len(rows)) % 2
    same = replace(
        rows,
        norms=("tesco",) * len(rows),
        labels=branch.astype(np.int64),
        written=tuple(f"tesco {7000 + one} {9000 + row}" for row, one in enumerate(branch)),
    )
    design = build_design(same, HASHED)
    assert design.marked.size == 5  # of 1,205 marks: three words and two pairs; no other has two rows
    fitted = fit(design, same.labels, same.weights, np.arange(len(same)))
    scores = predict_log_proba(design, fitted, np.arange(2))
    assert scores.argmax(axis=1).tolist() == [0, 1]


def test_a_release_scores_as_the_training_measured() -> None:
    rows = table()
    design, every = build_design(rows, HASHED), np.arange(len(table()))
    fitted = fit(design, rows.labels, rows.weights, every)
    model = to_model(design, fitted, DOCUMENTS, HASHED)
    served = model.scores(hash_texts(rows.norms), hash_marks(rows.written))[:, : len(CATEGORIES)]
    assert design.marked.size > 0
    assert log_probabilities(served) == pytest.approx(predict_log_proba(design, fitted, every), abs=2e-3)
