"""Continued text: the text part of a training carried on to later rows, at the price of a few fits.

A row keeps the scores that an earlier training gave it without its label. Later rows get theirs from weights that had
not met them: those of the earlier training as forward-chained scores, those without their first words as cold-start
scores, and as K-fold scores those fitted on everything but their own half of the later rows.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from scorer.features.features import Floats
from trainer.dataset.table import TrainingTable
from trainer.fit.cross_fitting import TextFit, TextScores
from trainer.fit.text_design import DesignMatrix, design_of_others
from trainer.fit.text_fit import (
    TextCoefficients,
    carry_over,
    fit,
    fitting_threads,
    folds_by_first_word,
    folds_by_row,
    predict_log_proba,
)

HALVES: Final = 2  # of the later rows, each scored by what the other taught


def continue_text(past: TextFit, design: DesignMatrix, rows: TrainingTable) -> TextFit:
    """Return the text part of ``rows``, whose design is ``design``; those of ``past`` among them keep their scores."""
    place = {name: number for number, name in enumerate(past.rows.identities)}
    kept = np.array([place.get(name, -1) for name in rows.identities], dtype=np.int64)
    later = np.flatnonzero(kept < 0)
    others = rows.rows(later)
    there = design_of_others(past.design, others)
    everything = np.arange(later.size)
    start = carry_over(past.coefficients, past.design, design)

    forward = _keep(past.scores.forward_chained, kept)
    forward[later] = predict_log_proba(there, past.coefficients, everything)
    was_scored = np.zeros(len(past.rows), dtype=np.bool_)
    was_scored[past.scores.scored_rows] = True
    scored = np.flatnonzero((kept < 0) | was_scored[kept])

    cold_start = kfold = None
    if past.scores.cold_start is not None:
        cold_start = _keep(past.scores.cold_start, kept)
        cold_start[later] = _cold_start_scores(past, there, others)
    half = np.full(len(rows), -1, dtype=np.int64)
    half[later] = folds_by_row(others) % HALVES

    def weights_without(number: int) -> TextCoefficients:
        return fit(design, rows.labels, rows.weights, np.flatnonzero(half != number), start)

    with fitting_threads() as threads:
        on_all_rows = threads.submit(weights_without, HALVES)  # the number of no half
        if past.scores.kfold is not None:
            kfold = _keep(past.scores.kfold, kept)
            for number, fitted in enumerate(threads.map(weights_without, range(HALVES))):
                held = np.flatnonzero(half == number)
                kfold[held] = predict_log_proba(design, fitted, held)
        coefficients = on_all_rows.result()
    return TextFit(rows, design, TextScores(forward, scored, kfold, cold_start), coefficients, past.cold_start)


def _keep(scores: Floats, kept: npt.NDArray[np.int64]) -> Floats:
    """Return the scores of the rows that had some, zeros for the others (-1)."""
    return np.where((kept >= 0)[:, None], scores[kept], np.float32(0.0)).astype(np.float32)


def _cold_start_scores(past: TextFit, there: DesignMatrix, others: TrainingTable) -> Floats:
    """Return the scores of later rows by weights that had met none of their first words."""
    folds = folds_by_first_word(others)
    scores = np.zeros((len(others), past.scores.forward_chained.shape[1]), dtype=np.float32)
    for number in np.unique(folds).tolist():
        if number in past.cold_start:
            held = np.flatnonzero(folds == number)
            scores[held] = predict_log_proba(there, past.cold_start[number], held)
    return scores
