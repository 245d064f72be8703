"""Merchant priors: how often each merchant stood for each category, frozen at a release's cut-off."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.model.arrays import pack, unpack_as


@dataclass(frozen=True, slots=True)
class MerchantPriors:
    """P(category | merchant): ``shares`` float32 [merchants, categories], ``support`` the labels behind each."""

    keys: tuple[str, ...]
    shares: npt.NDArray[np.float32]
    support: npt.NDArray[np.float32]
    _place: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_place", {key: place for place, key in enumerate(self.keys)})

    def look_up(self, keys: Sequence[str]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return shares float32 [rows, categories] and support float32 [rows]; zeros for an unknown merchant."""
        find = self._place.get
        places = np.array([find(key, -1) for key in keys], dtype=np.int64)
        known = places >= 0
        shares = np.zeros((len(keys), len(CATEGORIES)), dtype=np.float32)
        support = np.zeros(len(keys), dtype=np.float32)
        shares[known] = self.shares[places[known]]
        support[known] = self.support[places[known]]
        return shares, support

    def to_bytes(self) -> bytes:
        """Return the priors as npz."""
        return pack(keys=np.array(self.keys, dtype=np.str_), shares=self.shares, support=self.support)

    @classmethod
    def from_bytes(cls, content: bytes) -> "MerchantPriors":
        """Read what ``to_bytes`` wrote; raises ValueError where it is something else."""
        arrays = unpack_as(content, {"keys": ("str", 1), "shares": ("float32", 2), "support": ("float32", 1)})
        keys = tuple(map(str, arrays["keys"].tolist()))
        shares, support = arrays["shares"].astype(np.float32), arrays["support"].astype(np.float32)
        if shares.shape != (len(keys), len(CATEGORIES)) or support.shape != (len(keys),):
            raise ValueError("its arrays do not fit together")
        return cls(keys, shares, support)
