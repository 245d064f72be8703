"""Token hashing: wordings to the numbers of their n-grams and marks.

A batch is joined into one array of code points, so that hashing costs a few numpy passes however many rows there are.
N-grams of 2 to 4 characters stay inside one word (its surrounding spaces included); beside them stand whole words,
pairs of neighbouring words, and the first word of the row under a name of its own.

What normalisation takes away (a branch, a town, a number) tells nothing of a merchant never seen and much of one seen
before. So the description as written has marks of its own: its words, their pairs, and the whole of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

BUCKET_BITS: Final = 17
BUCKETS: Final = 1 << BUCKET_BITS

_SPACE: Final = 32
_FOLD: Final = np.uint64(29)
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: Fibonacci hashing keeps the top bits
_STEP: Final = np.uint64(0xD6E8FEB86659FD93)
_WORD: Final = np.uint64(0xA0761D6478BD642F)
_PAIR: Final = np.uint64(0xE7037ED1A0B428DB)
_FIRST: Final = np.uint64(0x8EBC6AF09C88C6E3)
_WHOLE: Final = np.uint64(0x589965CC75374CC3)
_MAX_WORD: Final = 64  # letters past this share one power: still one fixed number per word
_POWERS: Final = np.cumprod(np.full(_MAX_WORD, _STEP, dtype=np.uint64), dtype=np.uint64)
_KINDS: Final = 6  # 2-, 3-, 4-gram, word, pair of words, first word; each at the position where it starts
_MARKS: Final = 3  # word, pair of words, all the words


@dataclass(frozen=True, slots=True)
class HashedText:
    """The n-grams of a batch: ``buckets[starts[i]:starts[i + 1]]`` belong to row i, in reading order."""

    buckets: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]

    def document_frequency(self) -> npt.NDArray[np.int64]:
        """Return in how many rows each bucket stands, int64 [BUCKETS]."""
        row = np.repeat(np.arange(len(self.starts) - 1, dtype=np.int64), np.diff(self.starts))
        pairs = np.sort(row * BUCKETS + self.buckets)  # np.unique hashes them, which takes several times as long
        is_first = np.concatenate(([True], pairs[1:] != pairs[:-1]))[: len(pairs)]
        return np.bincount(pairs[is_first] % BUCKETS, minlength=BUCKETS)


def hash_texts(texts: Sequence[str]) -> HashedText:
    """Return the hashed n-grams of each text; words are what spaces separate."""
    return hash_texts_and_words(texts)[0]


def hash_texts_and_words(texts: Sequence[str]) -> "tuple[HashedText, Fingerprints]":
    """Return the hashed n-grams of each text, and the fingerprints of its words as ``fingerprint_words`` gives them."""
    joined = _join(texts)
    # A hash [position, kind] for what starts at each position, and whether there is one.
    size = int(joined.ends[-1]) if joined.ends.size else 0
    hashes = np.zeros((size, _KINDS), dtype=np.uint64)
    kept = np.zeros(hashes.shape, dtype=bool)
    _fill_grams(joined, hashes, kept)
    words = _words(joined)
    hashes[words.begins, 3] = words.hashes * _WORD
    kept[words.begins, 3] = True
    _fill_pairs(words, hashes[:, 4], kept[:, 4], words.begins)
    hashes[words.begins, 5] = words.hashes * _FIRST
    kept[words.begins, 5] = words.is_first
    starts = np.zeros(len(texts) + 1, dtype=np.int32)
    if len(texts):
        starts[1:] = np.cumsum(kept.sum(axis=1, dtype=np.int64))[joined.ends - 1]
    return HashedText(_finalise(hashes[kept]), starts), _printed(words, len(texts))


def hash_marks(written: Sequence[str], *, bits: int = BUCKET_BITS) -> HashedText:
    """Return the hashed marks of each description as written: its words, their pairs, and all its words as one.

    Of more ``bits`` (31 at most) two marks hardly ever share a number: no bucket, but its first ``BUCKET_BITS`` are.
    """
    words = _words(_join(written))
    hashes = np.zeros((words.begins.size, _MARKS), dtype=np.uint64)
    kept = np.zeros(hashes.shape, dtype=bool)
    hashes[:, 0] = words.hashes * _WORD
    kept[:, 0] = True
    _fill_pairs(words, hashes[:, 1], kept[:, 1], np.arange(words.begins.size))
    first = np.flatnonzero(words.is_first)
    if first.size:
        place = np.arange(words.begins.size) - np.repeat(first, np.diff(np.append(first, words.begins.size)))
        whole = np.add.reduceat(words.hashes * _POWERS[np.minimum(place, _MAX_WORD - 1)], first)
        hashes[first, 2] = (whole ^ (whole >> _FOLD)) * _WHOLE
        kept[first, 2] = True
    starts = np.zeros(len(written) + 1, dtype=np.int32)
    starts[1:] = np.cumsum(np.bincount(words.row, weights=kept.sum(axis=1), minlength=len(written)))
    return HashedText(_finalise(hashes[kept], bits), starts)


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Hashes of 64 bits of a batch, uint64 [found], and the row of each, int64 [found]; ``rows`` is of the batch."""

    prints: npt.NDArray[np.uint64]
    row: npt.NDArray[np.int64]
    rows: int


def fingerprint_words(texts: Sequence[str]) -> Fingerprints:
    """Return the fingerprint of every word of each text, in reading order."""
    return _printed(_words(_join(texts)), len(texts))


def fingerprint_grams(texts: Sequence[str]) -> Fingerprints:
    """Return the fingerprint of every 4-gram inside the words of each text, the space around a word included."""
    joined = _join(texts)
    size = int(joined.ends[-1]) if joined.ends.size else 0
    code = joined.code
    hashes = ((code[:-3] * _STEP + code[1:-2]) * _STEP + code[2:-1]) * _STEP + code[3:]
    first, second, third, fourth = (joined.is_letter[step : size + step] for step in range(4))
    places = np.flatnonzero(second & third & (first | fourth))
    return Fingerprints(_mix(hashes[places]), np.searchsorted(joined.ends, places, side="right"), len(texts))


def _printed(words: "_Words", rows: int) -> Fingerprints:
    return Fingerprints(_mix(words.hashes * _WORD), words.row, rows)


@dataclass(frozen=True, slots=True)
class _Joined:
    """A batch of texts in one array, a space before and behind each; ``ends`` is where the place of each one ends."""

    code: npt.NDArray[np.uint64]
    is_letter: npt.NDArray[np.bool_]
    ends: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Words:
    """Where each word of a batch begins, the row it stands in, its hash, and whether it is the first of its text."""

    begins: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    hashes: npt.NDArray[np.uint64]
    is_first: npt.NDArray[np.bool_]


def _join(texts: Sequence[str]) -> _Joined:
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + 2
    joined = " " + "  ".join(texts) + "    "
    letters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return _Joined(letters.astype(np.uint64) + np.uint64(1), letters != _SPACE, np.cumsum(lengths))


def _finalise(hashes: npt.NDArray[np.uint64], bits: int = BUCKET_BITS) -> npt.NDArray[np.int32]:
    """Return the first ``bits`` of each hash once all of its own bits have met; writes into ``hashes``."""
    mixed = _mix(hashes)
    mixed >>= np.uint64(64 - bits)
    return mixed.astype(np.int32)


def _mix(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Let the bits of each hash meet; writes into ``hashes``. It is one to one, so nothing collides that did not."""
    hashes ^= hashes >> _FOLD
    hashes *= _GOLDEN
    return hashes


def _fill_grams(joined: _Joined, hashes: npt.NDArray[np.uint64], kept: npt.NDArray[np.bool_]) -> None:
    """Write the n-grams without a space inside; pairs have a letter, longer ones at least two."""
    size, code = len(hashes), joined.code
    two = code[:-1] * _STEP + code[1:]
    three = two[:-1] * _STEP + code[2:]
    four = three[:-1] * _STEP + code[3:]
    hashes[:, 0], hashes[:, 1], hashes[:, 2] = two[:size], three[:size], four[:size]
    first, second, third, fourth = (joined.is_letter[step : size + step] for step in range(4))
    kept[:, 0] = first | second
    kept[:, 1] = second & (first | third)
    kept[:, 2] = second & third & (first | fourth)


def _fill_pairs(
    words: _Words, hashes: npt.NDArray[np.uint64], kept: npt.NDArray[np.bool_], places: npt.NDArray[np.int64]
) -> None:
    """Write the pairs of neighbouring words of one text, each at the place of its first word."""
    hashes[places[:-1]] = words.hashes[:-1] * _PAIR + words.hashes[1:]
    kept[places[:-1]] = ~words.is_first[1:]


def _words(joined: _Joined) -> _Words:
    where = np.flatnonzero(joined.is_letter)
    if not where.size:
        return _Words(where, where, np.empty(0, dtype=np.uint64), np.empty(0, dtype=bool))
    opens = np.flatnonzero(~joined.is_letter[where - 1])
    begins = where[opens]
    place = where - np.repeat(begins, np.diff(np.append(opens, where.size)))
    words = np.add.reduceat(joined.code[where] * _POWERS[np.minimum(place, _MAX_WORD - 1)], opens)
    words ^= words >> _FOLD
    row = np.searchsorted(joined.ends, begins, side="right")
    return _Words(begins, row, words, np.append(True, row[1:] != row[:-1]))
