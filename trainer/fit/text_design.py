"""Text design: the wordings of a training as a sparse matrix of the n-grams and marks that may have a weight."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, hstack

from scorer.model.text_model import weigh, weigh_marks
from scorer.model.token_hashing import BUCKET_BITS, HashedText, hash_marks, hash_texts
from trainer.dataset.table import TrainingTable

MIN_DOCUMENT_FREQUENCY: Final = 2  # n-grams of one text and marks of one row get no weight of their own
LEXICON_DF_WEIGHT: Final = 0.25  # of a text in the document frequencies
_NAME_BITS: Final = 31

_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DesignMatrix:
    """The design matrix: unique wordings by the n-grams, then the marks, that may have a weight."""

    matrix: csr_array  # float32 [wordings, active + marked]
    active: npt.NDArray[np.int64]
    marked: npt.NDArray[np.int64]
    idf: _Floats
    text_of_row: npt.NDArray[np.int64]


def build_design(table: TrainingTable, documents: HashedText) -> DesignMatrix:
    """Return the design of the training's wordings; the document frequencies know the vocabulary too."""
    unique, text_of_row = _wordings(table)
    texts = sorted(set(table.norms))
    seen = hash_texts(texts).document_frequency()
    frequency = seen + LEXICON_DF_WEIGHT * documents.document_frequency()
    count = len(texts) + LEXICON_DF_WEIGHT * (len(documents.starts) - 1)
    idf = (np.log((1.0 + count) / (1.0 + frequency)) + 1.0).astype(np.float32)
    active = np.flatnonzero(seen >= min(MIN_DOCUMENT_FREQUENCY, len(texts)))
    written = [written for _, written in unique]
    marked = _marked(written, np.bincount(text_of_row, minlength=len(unique)))
    return DesignMatrix(_matrix(unique, idf, active, marked), active, marked, idf, text_of_row)


def design_of_others(design: DesignMatrix, table: TrainingTable) -> DesignMatrix:
    """Return the wordings of other rows by the n-grams, marks and document frequencies of ``design``."""
    unique, text_of_row = _wordings(table)
    matrix = _matrix(unique, design.idf, design.active, design.marked)
    return DesignMatrix(matrix, design.active, design.marked, design.idf, text_of_row)


def _wordings(table: TrainingTable) -> tuple[list[tuple[str, str]], npt.NDArray[np.int64]]:
    """Return the unique pairs of normalised and written wording in order, and each row's place among them."""
    pairs = list(zip(table.norms, table.written, strict=True))
    unique = sorted(set(pairs))
    place = {wording: index for index, wording in enumerate(unique)}
    return unique, np.array([place[wording] for wording in pairs], dtype=np.int64)


def _matrix(
    unique: Sequence[tuple[str, str]], idf: _Floats, active: npt.NDArray[np.int64], marked: npt.NDArray[np.int64]
) -> csr_array:
    marks = weigh_marks(hash_marks([written for _, written in unique]))
    grams = weigh(hash_texts([norm for norm, _ in unique]), idf)
    return csr_array(hstack((grams.tocsc()[:, active], marks.tocsc()[:, marked]), format="csr"))


def _marked(written: Sequence[str], rows_of: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the buckets of the marks that enough rows have, where wording i has ``rows_of[i]`` rows."""
    # By their buckets two marks of one row each, numbers most of all, would pass for one of two rows.
    marks = hash_marks(written, bits=_NAME_BITS)
    wording = np.repeat(np.arange(len(written), dtype=np.int64), np.diff(marks.starts))
    pairs = np.unique(wording << _NAME_BITS | marks.buckets)
    names, place = np.unique(pairs & ((1 << _NAME_BITS) - 1), return_inverse=True)
    rows_with = np.bincount(place, weights=rows_of[pairs >> _NAME_BITS])
    return np.unique(names[rows_with >= MIN_DOCUMENT_FREQUENCY] >> (_NAME_BITS - BUCKET_BITS))
