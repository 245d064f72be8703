"""Cross fitting: the rows that trees learn from, each as serving may come to see it."""

from functools import partial
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.features.features import Floats, assemble
from scorer.model.lexicon import Vocabulary
from scorer.model.text_model import TextModel
from scorer.model.token_hashing import hash_texts
from trainer.dataset.table import TrainingTable
from trainer.fit.text_fit import (
    LabelWeights,
    TextDesign,
    fitting_threads,
    held_out,
    out_of_fold,
    parts_by_first_word,
    parts_by_row,
)

_COUNT: Final = len(CATEGORIES)


class Lessons(NamedTuple):
    """Features float32 [lessons, features], labels int64 [lessons] and weights float64 [lessons]."""

    features: Floats
    labels: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]


class TextScores(NamedTuple):
    """Log-probabilities float32 [rows, categories] of the same rows by what different fits know of them.

    ``ahead`` is by what was known before, and ``rows`` are those that have it; ``known`` by all other parts of rows,
    ``unknown`` by other first words only.
    """

    ahead: Floats
    rows: npt.NDArray[np.int64]
    known: Floats | None
    unknown: Floats | None


def score_rows(
    made: TextDesign, rows: TrainingTable, *, with_regulars: bool, with_strangers: bool
) -> tuple[TextScores, LabelWeights]:
    """Return the scores of the rows, by several fits at once, and the weights fitted on all rows."""
    with fitting_threads() as threads:
        in_time = threads.submit(out_of_fold, made, rows)
        known = held_out(made, rows, parts_by_row(rows), threads) if with_regulars else None
        unknown = held_out(made, rows, parts_by_first_word(rows), threads) if with_strangers else None
        ahead, scored, weights = in_time.result()
    return TextScores(ahead, scored, known, unknown), weights


def lessons(
    rows: TrainingTable,
    scores: TextScores,
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
    history. ``scores`` without the one or the other leave it out.
    """
    assembled = partial(
        assemble,
        vocabulary=text.scores(hash_texts(rows.norms))[:, _COUNT:],
        brands=vocabulary.find_brands(rows.norms),
        numeric=rows.numeric,
    )
    seen = assembled(text=scores.ahead, prior=rows.prior, support=rows.support)
    taught = [Lessons(seen[scores.rows], rows.labels[scores.rows], rows.weights[scores.rows])]
    if scores.known is not None:
        regulars = assembled(text=scores.known, prior=rows.prior, support=rows.support)
        taught.append(Lessons(regulars, rows.labels, regular_weight * rows.weights))
    if scores.unknown is not None:
        nobody = assembled(text=scores.unknown, prior=np.zeros_like(rows.prior), support=np.zeros_like(rows.support))
        taught.append(Lessons(nobody, rows.labels, stranger_weight * rows.weights))
    return Lessons(*map(np.concatenate, zip(*taught, strict=True)))
