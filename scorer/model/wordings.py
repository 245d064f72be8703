"""Wordings: what a release says of a wording by itself, and a cache of it that is bounded in bytes.

Wordings repeat: of real purchases four in five were seen before. What text, brands and history say of one depends on
nothing else in its batch, so a cached row is the computed one to the last bit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from schemas.text.descriptor import Descriptor
from scorer.features.features import Floats

MAX_CACHED_BYTES: Final = 32 * 1_048_576  # of one release
_COUNT: Final = len(CATEGORIES)
_TEXT, _VOCABULARY, _PRIOR = slice(0, _COUNT), slice(_COUNT, 2 * _COUNT), slice(2 * _COUNT, 3 * _COUNT)
_SUPPORT, _BRAND, _EVIDENCE = range(3 * _COUNT, 3 * _COUNT + 3)
_WIDTH: Final = 3 * _COUNT + 3
_ENTRY_BYTES: Final = 4 * _WIDTH + 450  # a row, its four objects and their places, without the letters
_WATCHED: Final = 16_384  # rows after which the share that was found is looked at
_IDLE: Final = 8  # times as many rows that go by without the cache where it does not pay
MIN_FOUND: Final = 0.2  # below this share keeping rows costs more than finding them saves


@dataclass(frozen=True, slots=True)
class Wordings:
    """What a release says of each wording of a batch, as ``scorer.features.features.assemble`` takes it."""

    rows: Floats  # [rows, _WIDTH]

    @classmethod
    def of(
        cls,
        *,
        text: Floats,
        vocabulary: Floats,
        prior: Floats,
        support: Floats,
        brands: npt.NDArray[np.int64],
        evidence: npt.NDArray[np.uint8],
    ) -> "Wordings":
        """Join the parts; raises ValueError where they do not have a value for each category."""
        if not text.shape == vocabulary.shape == prior.shape == (len(support), _COUNT):
            raise ValueError("text, vocabulary and history do not have a value for each category")
        parts = (text, vocabulary, prior, support[:, None], brands[:, None], evidence[:, None])
        return cls(np.concatenate(parts, axis=1, dtype=np.float32, casting="unsafe"))

    @property
    def text(self) -> Floats:
        """Log-probabilities of the text model [rows, categories]."""
        return self.rows[:, _TEXT]

    @property
    def vocabulary(self) -> Floats:
        """Evidence of n-grams [rows, categories]."""
        return self.rows[:, _VOCABULARY]

    @property
    def prior(self) -> Floats:
        """Shares of the merchant's history [rows, categories]."""
        return self.rows[:, _PRIOR]

    @property
    def support(self) -> Floats:
        """Labels behind that history [rows]."""
        return self.rows[:, _SUPPORT]

    @property
    def brands(self) -> npt.NDArray[np.int64]:
        """Category index of an exact brand, -1 where there is none [rows]."""
        return self.rows[:, _BRAND].astype(np.int64)

    @property
    def evidence(self) -> npt.NDArray[np.uint8]:
        """What is known of the wording, ``scorer.model.known_words.Evidence`` [rows]."""
        return self.rows[:, _EVIDENCE].astype(np.uint8)


_Rows = dict[Descriptor, bytes]


class WordingCache:
    """Rows of ``Wordings`` by wording, the older half of which goes when it is full; several threads may ask.

    It holds ``max_bytes`` and one batch, and ends with its release. Where wordings hardly repeat it steps aside for a
    while.
    """

    def __init__(self, max_bytes: int = MAX_CACHED_BYTES) -> None:
        self._half = max_bytes // 2
        self._young: _Rows = {}
        self._old: _Rows = {}
        self._bytes = 0  # of the young ones
        self._asked = 0
        self._computed = 0
        self._idle = 0  # rows that still go by without the cache

    def find(self, descriptors: Sequence[Descriptor], compute: Callable[[Sequence[Descriptor]], Wordings]) -> Wordings:
        """Return the rows of ``descriptors``, those that are not cached from ``compute``."""
        if self._idle > 0:
            self._idle -= len(descriptors)
            return compute(descriptors)
        young = self._young  # another thread may begin a new one meanwhile: this one stays whole
        found = list(map(young.get, descriptors))
        if None in found:
            self._fill(young, [one for one, row in zip(descriptors, found, strict=True) if row is None], compute)
            found = list(map(young.get, descriptors))
        self._watch(len(descriptors))
        rows = np.frombuffer(b"".join(found), dtype=np.float32)  # type: ignore[arg-type] # all are there now
        return Wordings(rows.reshape(len(descriptors), _WIDTH))

    def _fill(
        self, young: _Rows, missing: Sequence[Descriptor], compute: Callable[[Sequence[Descriptor]], Wordings]
    ) -> None:
        old = self._old
        fresh = []
        for one in dict.fromkeys(missing):
            row = old.get(one)
            if row is None:
                fresh.append(one)
            else:
                young[one] = row
                self._bytes += cached_bytes(one)
        if fresh:
            joined = compute(fresh).rows.tobytes()
            size = 4 * _WIDTH
            young.update((one, joined[at * size : (at + 1) * size]) for at, one in enumerate(fresh))
            self._bytes += sum(map(cached_bytes, fresh))
            self._computed += len(fresh)
        if self._bytes > self._half:
            self._old, self._young, self._bytes = young, {}, 0

    def _watch(self, rows: int) -> None:
        self._asked += rows
        if self._asked >= _WATCHED:
            if self._asked - self._computed < MIN_FOUND * self._asked:
                self._young, self._old, self._bytes, self._idle = {}, {}, 0, _IDLE * _WATCHED
            self._asked = self._computed = 0


def cached_bytes(descriptor: Descriptor) -> int:
    """Return the bytes that one cached wording is counted as: letters of one byte, as nearly all are."""
    return _ENTRY_BYTES + len(descriptor.norm) + len(descriptor.merchant_key) + len(descriptor.written)
