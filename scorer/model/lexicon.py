"""Lexicon: what is known of names and words before any label is seen.

Brand names, the wording of merchant category codes and statement words are documents of a category. From them come the
evidence of n-grams (so a misspelt or longer name still speaks) and the exact brands, found at a descriptor's start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.model.arrays import pack, unpack_as

NO_CATEGORY: Final = -1
_MAX_BRAND_WORDS: Final = 4
_INDEX: Final = "int8" if len(CATEGORIES) <= 127 else "int16"  # releases of few categories keep their bytes
_KINDS: Final = {
    "brands": ("str", 1),
    "brand_categories": (_INDEX, 1),
    "mcc": ("str", 1),
    "mcc_categories": (_INDEX, 1),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A name or phrase and the index of the category it speaks for."""

    text: str
    category: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Exact knowledge: brand name to category index, merchant category code to category index."""

    brands: Mapping[str, int]
    mcc: Mapping[str, int]

    def find_brands(self, norms: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return for each normalised description the category of the longest brand it starts with, else -1."""
        find = self._find_category
        return np.fromiter(map(find, norms), dtype=np.int64, count=len(norms))

    def find_brand(self, norm: str) -> str | None:
        """Return the longest brand that a normalised description starts with, None where it starts with none."""
        brands = self.brands
        if norm in brands:
            return norm
        words = norm.split(" ", _MAX_BRAND_WORDS)
        for count in range(min(len(words) - 1, _MAX_BRAND_WORDS), 0, -1):
            name = " ".join(words[:count])
            if name in brands:
                return name
        return None

    def _find_category(self, norm: str) -> int:
        brand = self.find_brand(norm)
        return NO_CATEGORY if brand is None else self.brands[brand]

    def to_bytes(self) -> bytes:
        """Return the vocabulary as npz."""
        brands, mcc = sorted(self.brands.items()), sorted(self.mcc.items())
        return pack(
            brands=np.array([name for name, _ in brands], dtype=np.str_),
            brand_categories=np.array([category for _, category in brands], dtype=_INDEX),
            mcc=np.array([code for code, _ in mcc], dtype=np.str_),
            mcc_categories=np.array([category for _, category in mcc], dtype=_INDEX),
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> "Vocabulary":
        """Read what ``to_bytes`` wrote; raises ValueError where it is something else."""
        arrays = unpack_as(content, _KINDS)
        read = []
        for names, categories in (("brands", "brand_categories"), ("mcc", "mcc_categories")):
            indices = [int(index) for index in arrays[categories].tolist()]
            if len(indices) != arrays[names].size or not all(0 <= index < len(CATEGORIES) for index in indices):
                raise ValueError(f"its {names} do not match their categories")
            read.append(dict(zip(map(str, arrays[names].tolist()), indices, strict=True)))
        return cls(*read)
