"""Cross fitting: the training rows of the booster, each scored by text weights that were fitted without its label."""

from collections.abc import Mapping
from dataclasses import dataclass
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
from trainer.fit.text_design import DesignMatrix
from trainer.fit.text_fit import (
    TextCoefficients,
    cross_fit,
    fitting_threads,
    folds_by_first_word,
    folds_by_row,
    forward_chained_scores,
)

_COUNT: Final = len(CATEGORIES)


class BoosterRows(NamedTuple):
    """Features float32 [rows, features], labels int64 [rows] and weights float64 [rows]."""

    features: Floats
    labels: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]


class TextScores(NamedTuple):
    """Log-probabilities float32 [rows, categories] of the same rows, each by a way of leaving their own labels out.

    ``forward_chained`` is by weights fitted on earlier blocks of time, and ``scored_rows`` are those that have it;
    ``kfold`` by weights fitted on the other folds of rows, ``cold_start`` by those fitted on other first words.
    """

    forward_chained: Floats
    scored_rows: npt.NDArray[np.int64]
    kfold: Floats | None
    cold_start: Floats | None


@dataclass(frozen=True, slots=True)
class TextFit:
    """The text part of a training on ``rows``: their scores, the weights fitted on all of them, and others.

    ``cold_start`` holds the weights that were fitted without the first words of each fold, by its number.
    """

    rows: TrainingTable
    design: DesignMatrix
    scores: TextScores
    coefficients: TextCoefficients
    cold_start: Mapping[int, TextCoefficients]


def fit_text(design: DesignMatrix, rows: TrainingTable, *, with_kfold: bool, with_cold_start: bool) -> TextFit:
    """Return the scores of the rows, by several fits at once, and the weights fitted on all rows."""
    kfold = cold_start = None
    by_fold: dict[int, TextCoefficients] = {}
    with fitting_threads() as threads:
        forward_chained = threads.submit(forward_chained_scores, design, rows)
        if with_kfold:
            kfold, _ = cross_fit(design, rows, folds_by_row(rows), threads)
        if with_cold_start:
            cold_start, by_fold = cross_fit(design, rows, folds_by_first_word(rows), threads)
        scores, scored, coefficients = forward_chained.result()
    return TextFit(rows, design, TextScores(scores, scored, kfold, cold_start), coefficients, by_fold)


def build_booster_rows(
    rows: TrainingTable,
    scores: TextScores,
    text: TextModel,
    vocabulary: Vocabulary,
    *,
    warm_weight: float,
    cold_start_weight: float,
) -> BoosterRows:
    """Return each row up to three times: forward-chained, K-fold and cold-start.

    A forward-chained row is scored by text weights of the time before it. The text of the first months knew little of
    merchants that the last one knows well: a K-fold row is scored by weights of all other folds of the rows, as that of
    a warm merchant. Trees that see mostly known merchants would rely on text and history as if all were known: a
    cold-start row is scored by weights fitted without its first word (leave-group-out), and has no history.
    ``scores`` without the one or the other leave it out.
    """
    assembled = partial(
        assemble,
        vocabulary=text.scores(hash_texts(rows.norms))[:, _COUNT:],
        brands=vocabulary.find_brands(rows.norms),
        numeric=rows.numeric,
    )
    seen = assembled(text=scores.forward_chained, prior=rows.prior, support=rows.support)
    variants = [
        BoosterRows(seen[scores.scored_rows], rows.labels[scores.scored_rows], rows.weights[scores.scored_rows])
    ]
    if scores.kfold is not None:
        kfold_rows = assembled(text=scores.kfold, prior=rows.prior, support=rows.support)
        variants.append(BoosterRows(kfold_rows, rows.labels, warm_weight * rows.weights))
    if scores.cold_start is not None:
        cold_start_rows = assembled(
            text=scores.cold_start, prior=np.zeros_like(rows.prior), support=np.zeros_like(rows.support)
        )
        variants.append(BoosterRows(cold_start_rows, rows.labels, cold_start_weight * rows.weights))
    return BoosterRows(*map(np.concatenate, zip(*variants, strict=True)))
