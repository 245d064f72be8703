"""Text: descriptors to hashed n-grams, and n-grams to linear scores.

A batch is joined into one array of code points, so that hashing costs a few numpy passes however many rows there are.
N-grams of 2 to 4 characters stay inside one word (its surrounding spaces included); beside them stand whole words,
pairs of neighbouring words, and the first word of the row under a name of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from scorer.npz import pack, unpack

BUCKET_BITS: Final = 17
BUCKETS: Final = 1 << BUCKET_BITS

_SPACE: Final = 32
_SHIFT: Final = np.uint64(64 - BUCKET_BITS)
_FOLD: Final = np.uint64(29)
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: Fibonacci hashing keeps the top bits
_STEP: Final = np.uint64(0xD6E8FEB86659FD93)
_WORD: Final = np.uint64(0xA0761D6478BD642F)
_PAIR: Final = np.uint64(0xE7037ED1A0B428DB)
_FIRST: Final = np.uint64(0x8EBC6AF09C88C6E3)
_MAX_WORD: Final = 64  # letters past this share one power: still one fixed number per word
_POWERS: Final = np.cumprod(np.full(_MAX_WORD, _STEP, dtype=np.uint64), dtype=np.uint64)
_KINDS: Final = 6  # 2-, 3-, 4-gram, word, pair of words, first word; each at the position where it starts


@dataclass(frozen=True, slots=True)
class HashedText:
    """The n-grams of a batch: ``buckets[starts[i]:starts[i + 1]]`` belong to row i, in reading order."""

    buckets: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class TextModel:
    """Linear scores of hashed n-grams: ``weights`` float32 [BUCKETS, outputs], ``idf`` float32 [BUCKETS]."""

    weights: npt.NDArray[np.float32]
    idf: npt.NDArray[np.float32]
    intercept: npt.NDArray[np.float32]

    def scores(self, hashed: HashedText) -> npt.NDArray[np.float32]:
        """Return float32 [rows, outputs] of each row's TF-IDF, scaled to unit length."""
        return np.asarray(weigh(hashed, self.idf) @ self.weights, dtype=np.float32) + self.intercept

    def to_bytes(self) -> bytes:
        """Return the model as npz; only buckets with a weight are kept."""
        active = np.flatnonzero(np.any(self.weights != 0, axis=1)).astype(np.int32)
        return pack(active=active, weights=self.weights[active], idf=self.idf, intercept=self.intercept)

    @classmethod
    def from_bytes(cls, content: bytes) -> "TextModel":
        """Read what ``to_bytes`` wrote; raises ValueError where it is something else."""
        arrays = unpack(content, ("active", "weights", "idf", "intercept"))
        active, kept = arrays["active"], arrays["weights"].astype(np.float32)
        idf, intercept = arrays["idf"].astype(np.float32), arrays["intercept"].astype(np.float32)
        if idf.shape != (BUCKETS,) or kept.shape != (active.size, intercept.size):
            raise ValueError("its arrays do not fit together")
        if active.size and not 0 <= active.min() <= active.max() < BUCKETS:
            raise ValueError(f"it names buckets outside 0 to {BUCKETS - 1}")
        weights = np.zeros((BUCKETS, intercept.size), dtype=np.float32)
        weights[active] = kept
        return cls(weights, idf, intercept)


def hash_texts(texts: Sequence[str]) -> HashedText:
    """Return the hashed n-grams of each text; words are what spaces separate."""
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + 2
    joined = " " + "  ".join(texts) + "    "
    letters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    code = letters.astype(np.uint64) + np.uint64(1)
    size = int(lengths.sum())
    is_letter = letters != _SPACE
    hashes = np.zeros((size, _KINDS), dtype=np.uint64)
    kept = np.zeros((size, _KINDS), dtype=bool)
    ends = np.cumsum(lengths)
    _fill_grams(code, is_letter, hashes, kept)
    _fill_words(code, is_letter, ends, hashes, kept)
    found = hashes[kept]
    found ^= found >> _FOLD
    found *= _GOLDEN
    found >>= _SHIFT
    starts = np.zeros(len(texts) + 1, dtype=np.int32)
    if size:
        starts[1:] = np.cumsum(kept.sum(axis=1, dtype=np.int64))[ends - 1]
    return HashedText(found.astype(np.int32), starts)


def weigh(hashed: HashedText, idf: npt.NDArray[np.float32]) -> csr_array:
    """Return the TF-IDF matrix float32 [rows, BUCKETS]; each row has unit length, an empty text an empty row."""
    values = idf[hashed.buckets]
    squares = np.zeros(values.size + 1, dtype=np.float64)
    np.cumsum(values * values, out=squares[1:], dtype=np.float64)
    norm = np.sqrt(squares[hashed.starts[1:]] - squares[hashed.starts[:-1]])
    scale = (1.0 / np.maximum(norm, 1e-6)).astype(np.float32)
    values = values * np.repeat(scale, np.diff(hashed.starts))
    return csr_array((values, hashed.buckets, hashed.starts), shape=(norm.size, BUCKETS))


def _fill_grams(
    code: npt.NDArray[np.uint64],
    is_letter: npt.NDArray[np.bool_],
    hashes: npt.NDArray[np.uint64],
    kept: npt.NDArray[np.bool_],
) -> None:
    """Write the n-grams without a space inside; pairs have a letter, longer ones at least two."""
    size = len(hashes)
    two = code[:-1] * _STEP + code[1:]
    three = two[:-1] * _STEP + code[2:]
    four = three[:-1] * _STEP + code[3:]
    hashes[:, 0], hashes[:, 1], hashes[:, 2] = two[:size], three[:size], four[:size]
    first, second, third, fourth = (is_letter[step : size + step] for step in range(4))
    kept[:, 0] = first | second
    kept[:, 1] = second & (first | third)
    kept[:, 2] = second & third & (first | fourth)


def _fill_words(
    code: npt.NDArray[np.uint64],
    is_letter: npt.NDArray[np.bool_],
    ends: npt.NDArray[np.int64],
    hashes: npt.NDArray[np.uint64],
    kept: npt.NDArray[np.bool_],
) -> None:
    """Write whole words, pairs of words of one row, and each row's first word."""
    where = np.flatnonzero(is_letter)
    if not where.size:
        return
    opens = np.flatnonzero(~is_letter[where - 1])
    begins = where[opens]
    place = where - np.repeat(begins, np.diff(np.append(opens, where.size)))
    words = np.add.reduceat(code[where] * _POWERS[np.minimum(place, _MAX_WORD - 1)], opens)
    words ^= words >> _FOLD
    row = np.searchsorted(ends, begins, side="right")
    is_first = np.append(True, row[1:] != row[:-1])
    hashes[begins, 3] = words * _WORD
    kept[begins, 3] = True
    hashes[begins[:-1], 4] = words[:-1] * _PAIR + words[1:]
    kept[begins[:-1], 4] = ~is_first[1:]
    hashes[begins, 5] = words * _FIRST
    kept[begins, 5] = is_first
