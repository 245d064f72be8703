"""Text fit: coefficients of n-grams and marks from counts of (wording, label), and cross-fitted scores of rows."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from schemas.taxonomy import CATEGORIES
from scorer.features.features import log_probabilities
from scorer.model.lexicon import Document
from scorer.model.text_model import TextModel
from scorer.model.token_hashing import BUCKETS, HashedText
from trainer.dataset.table import TrainingTable
from trainer.fit.lexicon_fit import fit_lexicon
from trainer.fit.multinomial_logistic import LinearWeights, fit_multinomial
from trainer.fit.text_design import DesignMatrix

PENALTY: Final = 0.1
COUNT_EXPONENT: Final = 0.85  # a text seen a hundred times weighs as 50: chains must not drown the rest
FORWARD_CHAINING_BLOCKS: Final = 12
THREADS: Final = 2  # as trees have: each holds a search of its own in memory
CROSS_FIT_FOLDS: Final = 5  # of the rows, each scored by what the others taught
UNSEEN_CLASS_LOGIT: Final = -30.0  # score of a category without a label; the floor of the features hides its size
_COUNT: Final = len(CATEGORIES)
_DAY: Final = 86_400

_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TextCoefficients:
    """Coefficients of the active n-grams and marks, for the classes that have labels."""

    classes: npt.NDArray[np.int64]
    linear: LinearWeights


def carry_over(fitted: TextCoefficients, design: DesignMatrix, to: DesignMatrix) -> TextCoefficients:
    """Return the coefficients of ``design`` for the columns of another, 0 for those that are new: a fit's start."""
    weights = np.zeros((to.active.size + to.marked.size, fitted.classes.size))
    for old, new, old_first, new_first in (
        (design.active, to.active, 0, 0),
        (design.marked, to.marked, design.active.size, to.active.size),
    ):
        _, there, here = np.intersect1d(old, new, assume_unique=True, return_indices=True)
        weights[new_first + here] = fitted.linear.weights[old_first + there]
    return TextCoefficients(fitted.classes, LinearWeights(weights, fitted.linear.intercept))


def fit(
    design: DesignMatrix,
    labels: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float64],
    rows: npt.NDArray[np.int64],
    start: TextCoefficients | None = None,
) -> TextCoefficients:
    """Fit on the given rows, from ``start`` where it has the same categories (much the same answer, sooner)."""
    cells, place = np.unique(design.text_of_row[rows] * _COUNT + labels[rows], return_inverse=True)
    counts = np.power(np.bincount(place, weights=weights[rows]), COUNT_EXPONENT, dtype=np.float64)
    classes, named = np.unique(cells % _COUNT, return_inverse=True)
    begin = start.linear if start is not None and np.array_equal(start.classes, classes) else None
    linear = fit_multinomial(
        design.matrix[cells // _COUNT], named, counts, count=len(classes), penalty=PENALTY, start=begin
    )
    return TextCoefficients(classes, linear)


def predict_log_proba(design: DesignMatrix, fitted: TextCoefficients, rows: npt.NDArray[np.int64]) -> _Floats:
    """Return the log-probabilities float32 [rows, categories] that serving would give the rows."""
    scores = np.full((rows.size, _COUNT), UNSEEN_CLASS_LOGIT, dtype=np.float32)
    scores[:, fitted.classes] = (
        design.matrix[design.text_of_row[rows]] @ fitted.linear.weights + fitted.linear.intercept
    )
    return log_probabilities(scores)


def forward_chained_scores(
    design: DesignMatrix, table: TrainingTable
) -> tuple[_Floats, npt.NDArray[np.int64], TextCoefficients]:
    """Score each block of time with weights fitted on labels known before it began.

    Returns log-probabilities float32 [rows, categories], the rows that have them (the first block has no past), and the
    weights fitted on all rows.
    """
    labels, weights = table.labels, table.weights
    day = table.occurred_at // _DAY
    edges = np.unique(np.quantile(day, np.linspace(0, 1, FORWARD_CHAINING_BLOCKS + 1), method="lower"))
    scores = np.zeros((len(table), _COUNT), dtype=np.float32)
    scored = np.zeros(len(table), dtype=bool)
    last: TextCoefficients | None = None
    for number in range(1, len(edges)):
        begin, end = edges[number], edges[number + 1] if number + 1 < len(edges) else day[-1] + 1
        block = np.flatnonzero((day >= begin) & (day < end))
        past = np.flatnonzero((day < begin) & (table.observed_at < begin * _DAY))
        if not block.size or len(np.unique(labels[past])) < 2:
            continue
        last = fit(design, labels, weights, past, last)
        scores[block] = predict_log_proba(design, last, block)
        scored[block] = True
    on_all_rows = fit(design, labels, weights, np.arange(len(table)), last)
    return scores, np.flatnonzero(scored), on_all_rows


def cross_fit(
    design: DesignMatrix, table: TrainingTable, folds: npt.NDArray[np.int64], threads: Executor
) -> tuple[_Floats, dict[int, TextCoefficients]]:
    """Return log-probabilities float32 [rows, categories] by weights fitted without the rows of a row's fold.

    ``folds`` has the number of each row's fold; ``threads`` fit several of them at once, each as if it were alone.
    Zeros, which prefer nothing, where the others have not two categories. The weights come too, by number of fold.
    """
    scores = np.zeros((len(table), _COUNT), dtype=np.float32)
    fitted: dict[int, TextCoefficients] = {}

    def score(number: np.int64) -> None:
        others = np.flatnonzero(folds != number)
        if len(np.unique(table.labels[others])) < 2:
            return
        held = np.flatnonzero(folds == number)
        # From zero: weights that met the fold would leave some of it in the scores.
        fitted[int(number)] = fit(design, table.labels, table.weights, others)
        scores[held] = predict_log_proba(design, fitted[int(number)], held)

    list(threads.map(score, np.unique(folds)))
    return scores, fitted


@contextmanager
def fitting_threads() -> Iterator[Executor]:
    """Yield threads for independent fits: a fit spends its time in products that let other threads run."""
    # Vectors this short only wait for each other, and the limit is the whole process's: it is set around all fits.
    with threadpool_limits(limits=1), ThreadPoolExecutor(THREADS) as threads:
        yield threads


def folds_by_first_word(table: TrainingTable) -> npt.NDArray[np.int64]:
    """Return folds int64 [rows]; held out, they stand for what serving gives a merchant whose like it has not seen."""
    return _folds([norm.partition(" ")[0] for norm in table.norms])


def folds_by_row(table: TrainingTable) -> npt.NDArray[np.int64]:
    """Return folds int64 [rows]; held out, they stand for what serving gives a merchant that it knows well."""
    return _folds(table.txn_ids)


def _folds(names: Iterable[str]) -> npt.NDArray[np.int64]:
    return np.array([crc32(name.encode("utf-8", "surrogatepass")) % CROSS_FIT_FOLDS for name in names], dtype=np.int64)


def to_model(
    design: DesignMatrix,
    fitted: TextCoefficients,
    documents: Sequence[Document],
    hashed: HashedText,
    *,
    past: TextModel | None = None,
) -> TextModel:
    """Return the text model of a release: label scores first, then the evidence of the vocabulary.

    The evidence of ``past``, the text model of an earlier training with the same vocabulary, is taken over: of the rows
    only the frequencies of n-grams enter it.
    """
    of_grams, of_marks = np.split(fitted.linear.weights, [design.active.size])
    weights = np.zeros((BUCKETS, 2 * _COUNT), dtype=np.float32)
    weights[np.ix_(design.active, fitted.classes)] = of_grams
    mark_weights = np.zeros((BUCKETS, _COUNT), dtype=np.float32)
    mark_weights[np.ix_(design.marked, fitted.classes)] = of_marks
    intercept = np.full(2 * _COUNT, UNSEEN_CLASS_LOGIT, dtype=np.float32)
    intercept[fitted.classes] = fitted.linear.intercept
    if past is None:
        weights[:, _COUNT:], intercept[_COUNT:] = fit_lexicon(documents, hashed, design.idf)
    else:
        weights[:, _COUNT:], intercept[_COUNT:] = past.weights[:, _COUNT:], past.intercept[_COUNT:]
    return TextModel(weights, design.idf, intercept, mark_weights)
