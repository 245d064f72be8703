"""Text fit: what a score may know of the row it is for."""

from dataclasses import replace

import numpy as np
import pytest

from schemas.taxonomy import CATEGORIES
from scorer.text import hash_texts
from tests.trainer.small_past import DOCUMENTS, table
from trainer.table import TrainingTable
from trainer.text_fit import design, fit, word_held_out


def scores_of(rows: TrainingTable) -> np.ndarray:
    made = design(rows.norms, hash_texts([document.text for document in DOCUMENTS]))
    everything = fit(made, table().labels, table().weights, np.arange(len(rows)))  # of the same rows, whatever is asked
    return word_held_out(made, rows, everything)


@pytest.mark.parametrize("word", ["costa", "shell", "vodafone"])
def test_labels_of_a_first_word_move_its_own_scores_by_the_start_alone(word: str) -> None:
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
    made = design(kept.norms, hash_texts(["pizza"]))
    everything = fit(made, kept.labels, kept.weights, np.arange(len(kept)))
    assert np.array_equal(word_held_out(made, kept, everything), np.zeros((len(kept), len(CATEGORIES)), np.float32))
