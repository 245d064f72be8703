"""Known words: what a training has seen of wordings, so that a model can tell what it never met.

The buckets of ``scorer.model.token_hashing`` are shared: a word that nobody ever wrote may stand where a learnt one
does. Words and 4-grams are therefore kept here by fingerprints of 64 bits, which hardly ever collide.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from scorer.model.arrays import pack, unpack_as
from scorer.model.token_hashing import Fingerprints, fingerprint_grams, fingerprint_words

MIN_SHARE: Final = 0.5  # of a wording's 4-grams: a typo in the middle of nine letters spoils four of eight

_Prints = npt.NDArray[np.uint64]


class WordingEvidence(IntEnum):
    """What a model knows of a row's wording, weakest first."""

    NONE = 0  # nothing: whatever it answers rests on chance
    FRAGMENTS = 1  # half of the 4-grams: a misspelt or compound word, or one that only looks like it
    WORDS = 2  # a word, a brand or the merchant itself


@dataclass(frozen=True, slots=True)
class KnownWords:
    """Sorted fingerprints uint64 of the words and 4-grams that a training has seen."""

    words: _Prints
    grams: _Prints

    def evidence(
        self,
        norms: Sequence[str],
        *,
        words: Fingerprints | None = None,
        asked: npt.NDArray[np.bool_] | None = None,
    ) -> npt.NDArray[np.uint8]:
        """Return what is known of each normalised wording by itself, ``WordingEvidence`` as uint8 [rows].

        ``words`` are the wordings' fingerprints where somebody has them. Of rows that are not ``asked`` for the answer
        is that of a known word.
        """
        words = fingerprint_words(norms) if words is None else words
        prints, row = words.prints, words.row
        found = np.zeros(len(norms), dtype=np.uint8)
        if asked is not None:
            found[~asked] = WordingEvidence.WORDS
            kept = np.flatnonzero(asked[row])
            prints, row = prints[kept], row[kept]
        found[row[_are_in(self.words, prints)]] = WordingEvidence.WORDS
        rest = np.flatnonzero(found == WordingEvidence.NONE)
        if rest.size:
            grams = fingerprint_grams([norms[place] for place in rest.tolist()])
            hits = np.bincount(grams.row[_are_in(self.grams, grams.prints)], minlength=rest.size)
            all_of_them = np.bincount(grams.row, minlength=rest.size)
            found[rest[(hits > 0) & (hits >= MIN_SHARE * all_of_them)]] = WordingEvidence.FRAGMENTS
        return found

    def contains(self, words: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Return bool [words]: whether each word (no space inside) was seen in training."""
        found = fingerprint_words(words)
        seen = np.zeros(len(words), dtype=np.bool_)
        seen[found.row[_are_in(self.words, found.prints)]] = True
        return seen

    def to_bytes(self) -> bytes:
        """Return the fingerprints as npz."""
        return pack(words=self.words, grams=self.grams)

    @classmethod
    def from_bytes(cls, content: bytes) -> "KnownWords":
        """Read what ``to_bytes`` wrote; raises ValueError where it is something else."""
        arrays = unpack_as(content, {"words": ("uint64", 1), "grams": ("uint64", 1)})
        made = cls(arrays["words"].astype(np.uint64), arrays["grams"].astype(np.uint64))
        for prints in (made.words, made.grams):
            if (prints[1:] <= prints[:-1]).any():
                raise ValueError("its fingerprints are not in ascending order")
        return made


def _are_in(known: _Prints, prints: _Prints) -> npt.NDArray[np.bool_]:
    """Return which fingerprints are among the sorted ``known`` ones."""
    if not known.size:
        return np.zeros(prints.size, dtype=np.bool_)
    place = np.minimum(known.searchsorted(prints), known.size - 1)
    return np.asarray(known[place] == prints, dtype=np.bool_)
