"""Text model: linear scores of hashed n-grams and marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.model.arrays import pack, unpack_as
from scorer.model.token_hashing import BUCKETS, HashedText

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MARK_WEIGHT: Final = np.float32(0.4)  # of a mark, where all n-grams of a text have length 1 (docs/EXPERIMENTS.md)
MAX_OUTPUTS: Final = 2 * len(CATEGORIES)  # a score of each label, and the evidence of the vocabulary
_KINDS: Final = {
    "active": ("int32", 1),
    "weights": ("float32", 2),
    "idf": ("float32", 1),
    "intercept": ("float32", 1),
    "marked": ("int32", 1),
    "mark_weights": ("float32", 2),
}


@dataclass(frozen=True, slots=True)
class TextModel:
    """Linear scores of hashed n-grams and marks.

    ``weights`` float32 [BUCKETS, outputs], ``idf`` float32 [BUCKETS], ``intercept`` float32 [outputs]; the marks'
    ``mark_weights`` float32 [BUCKETS, labels] add to the first outputs, which are those of labels.
    """

    weights: npt.NDArray[np.float32]
    idf: npt.NDArray[np.float32]
    intercept: npt.NDArray[np.float32]
    mark_weights: npt.NDArray[np.float32]

    def scores(self, norms: HashedText, marks: HashedText | None = None) -> npt.NDArray[np.float32]:
        """Return float32 [rows, outputs]: each row's TF-IDF, scaled to unit length, and its marks where given."""
        found = np.asarray(weigh(norms, self.idf) @ self.weights, dtype=np.float32) + self.intercept
        if marks is not None:
            found[:, : self.mark_weights.shape[1]] += weigh_marks(marks) @ self.mark_weights
        return found

    def to_bytes(self) -> bytes:
        """Return the model as npz; only buckets with a weight are kept."""
        active, marked = _with_weight(self.weights), _with_weight(self.mark_weights)
        return pack(
            active=active,
            weights=self.weights[active],
            idf=self.idf,
            intercept=self.intercept,
            marked=marked,
            mark_weights=self.mark_weights[marked],
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> TextModel:
        """Read what ``to_bytes`` wrote; raises ValueError where it is something else."""
        arrays = unpack_as(content, _KINDS)
        idf, intercept = arrays["idf"].astype(np.float32), arrays["intercept"].astype(np.float32)
        width, marks = arrays["weights"].shape[1], arrays["mark_weights"].shape[1]
        # Before room is made for them: a shape says how much.
        if idf.shape != (BUCKETS,) or intercept.shape != (width,) or not marks <= width <= MAX_OUTPUTS:
            raise ValueError("its arrays do not fit together")
        weights = _spread(arrays["active"], arrays["weights"])
        mark_weights = _spread(arrays["marked"], arrays["mark_weights"])
        return cls(weights, idf, intercept, mark_weights)


def weigh(hashed: HashedText, idf: npt.NDArray[np.float32]) -> csr_array:
    """Return the TF-IDF matrix float32 [rows, BUCKETS]; each row has unit length, an empty text an empty row."""
    values = idf[hashed.buckets]
    rows = len(hashed.starts) - 1
    row = np.repeat(np.arange(rows), np.diff(hashed.starts))
    norm = np.sqrt(np.bincount(row, weights=values * values, minlength=rows))  # each row's sum by itself
    scale = (1.0 / np.maximum(norm, 1e-6)).astype(np.float32)
    values = values * scale[row]
    return _matrix(values, hashed)


def weigh_marks(hashed: HashedText) -> csr_array:
    """Return the matrix float32 [rows, BUCKETS] of marks: each counts alike, so that one never met changes nothing."""
    values = np.full(hashed.buckets.size, MARK_WEIGHT, dtype=np.float32)
    return _matrix(values, hashed)


def _matrix(values: npt.NDArray[np.float32], hashed: HashedText) -> csr_array:
    from scipy.sparse import csr_array  # noqa: PLC0415 - takes half a second, and a worker without a release needs none

    return csr_array((values, hashed.buckets, hashed.starts), shape=(len(hashed.starts) - 1, BUCKETS))


def _with_weight(weights: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
    return np.flatnonzero(np.any(weights != 0, axis=1)).astype(np.int32)


def _spread(buckets: npt.NDArray[np.generic], kept: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """Return float32 [BUCKETS, outputs] with the rows that were kept in their places; raises ValueError."""
    if kept.ndim != 2 or buckets.shape != kept.shape[:1]:
        raise ValueError("its arrays do not fit together")
    places = buckets.astype(np.int64)
    if places.size and not 0 <= places.min() <= places.max() < BUCKETS:
        raise ValueError(f"it names buckets outside 0 to {BUCKETS - 1}")
    weights = np.zeros((BUCKETS, kept.shape[1]), dtype=np.float32)
    weights[places] = kept
    return weights
