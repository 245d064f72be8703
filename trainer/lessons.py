"""Lessons: the rows that trees learn from, each as serving may come to see it."""

from functools import partial
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.features import Floats, assemble
from scorer.hashing import hash_texts
from scorer.text import TextModel
from scorer.vocabulary import Vocabulary
from trainer.table import TrainingTable
from trainer.text_fit import TextDesign, held_out, parts_by_first_word, parts_by_row

_COUNT: Final = len(CATEGORIES)


class Lessons(NamedTuple):
    """Features float32 [lessons, features], labels int64 [lessons] and weights float64 [lessons]."""

    features: Floats
    labels: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]


class Ahead(NamedTuple):
    """Log-probabilities float32 [rows, categories] by what was known before, and the rows that have them."""

    scores: Floats
    rows: npt.NDArray[np.int64]


def lessons(
    rows: TrainingTable,
    made: TextDesign,
    ahead: Ahead,
    text: TextModel,
    vocabulary: Vocabulary,
    *,
    regular_weight: float,
    stranger_weight: float,
) -> Lessons:
    """Return each row up to three times: as it came, as a regular's and as a stranger's.

    As it came, by the text of the time before. The text of the first months knew little of merchants that the last one
    knows well: a regular's row is scored by all other parts of the rows. And trees that see mostly known merchants
    would trust text and history as if all were known: a stranger's row is scored without its first word, and has no
    history. A weight of 0 leaves these out.
    """
    assembled = partial(
        assemble,
        vocabulary=text.scores(hash_texts(rows.norms))[:, _COUNT:],
        brands=vocabulary.find_brands(rows.norms),
        numeric=rows.numeric,
    )
    seen = assembled(text=ahead.scores, prior=rows.prior, support=rows.support)
    taught = [Lessons(seen[ahead.rows], rows.labels[ahead.rows], rows.weights[ahead.rows])]
    if regular_weight:
        known = held_out(made, rows, parts_by_row(rows))
        regulars = assembled(text=known, prior=rows.prior, support=rows.support)
        taught.append(Lessons(regulars, rows.labels, regular_weight * rows.weights))
    if stranger_weight:
        unknown = held_out(made, rows, parts_by_first_word(rows))
        nobody = assembled(text=unknown, prior=np.zeros_like(rows.prior), support=np.zeros_like(rows.support))
        taught.append(Lessons(nobody, rows.labels, stranger_weight * rows.weights))
    return Lessons(*map(np.concatenate, zip(*taught, strict=True)))
