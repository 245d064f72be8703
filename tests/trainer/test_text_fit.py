"""Text fit: what a score may know of the row it is for."""

from dataclasses import replace

import numpy as np
import pytest

from schemas.taxonomy import CATEGORIES
from scorer.hashing import hash_texts
from tests.trainer.small_past import DOCUMENTS, table
from trainer.table import TrainingTable
from trainer.text_fit import design, word_held_out


def scores_of(rows: TrainingTable) -> np.ndarray:
    made = design(rows, hash_texts([document.text for document in DOCUMENTS]))
    return word_held_out(made, rows)


@pytest.mark.parametrize("word", ["costa", "shell", "vodafone"])
def test_labels_of_a_first_word_move_none_of_its_own_scores(word: str) -> None:
    rows = table()
    of_word = np.array([norm.split(" ")[0] == word for norm in rows.norms])
    turned = np.where(of_word, (rows.labels + 1) % 2, rows.labels)
    before, after = scores_of(rows), scores_of(replace(rows, labels=turned))
    assert np.array_equal(before[of_word], after[of_word])
    assert not np.array_equal(before[~of_word], after[~of_word])


def test_one_first_word_only_gives_scores_that_prefer_nothing() -> None:
    rows = table()
    kept = rows.rows(np.array([norm.split(" ")[0] == "pizza" for norm in rows.norms]))
    assert len(np.unique(kept.labels)) > 1  # one label in twenty is wrong
    made = design(kept, hash_texts(["pizza"]))
    assert np.array_equal(word_held_out(made, kept), np.zeros((len(kept), len(CATEGORIES)), np.float32))
