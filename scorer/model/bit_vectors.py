"""Bit vectors: an ensemble of trees, scored by the library that is compiled from bit_vectors.c."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from scorer.model.ensemble import Ensemble

LANES: Final = 32  # of bit_vectors.c
_COLUMNS: Final = (
    "group_feature", "group_threshold", "group_begin", "node_tree", "node_mask", "tree_class", "leaf_value",
)  # fmt: skip


class _Struct(ctypes.Structure):
    """The ``Ensemble`` of bit_vectors.c."""

    _fields_ = [
        *((name, ctypes.c_int32) for name in ("features", "groups", "trees", "classes")),
        *((name, ctypes.c_void_p) for name in _COLUMNS),
    ]


@dataclass(frozen=True, slots=True)
class BitVectors:
    """An ensemble and the library that scores it; safe to call from several threads, without Python's lock."""

    ensemble: Ensemble
    library: ctypes.CDLL
    _struct: _Struct = field(init=False, repr=False)

    def __post_init__(self) -> None:
        one = self.ensemble
        counts = (one.features, len(one.group_feature), len(one.tree_class), one.classes)
        object.__setattr__(self, "_struct", _Struct(*counts, *(_address(getattr(one, name)) for name in _COLUMNS)))

    def raw(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return raw scores float32 [rows, classes] of features float32 [rows, features]."""
        one = self.ensemble
        if features.ndim != 2 or features.shape[1] != one.features:
            raise ValueError(f"features are {features.shape}, not [rows, {one.features}]")
        given = np.ascontiguousarray(features, np.float32)
        scores = np.empty((len(given), one.classes), np.float32)
        block = np.empty((one.features, LANES), np.float32)
        words = np.empty((len(one.tree_class), LANES), np.uint16)
        sums = np.empty((one.classes, LANES), np.float32)
        self.library.bit_vectors_score(
            ctypes.byref(self._struct),
            _address(given),
            len(given),
            *(_address(a) for a in (scores, block, words, sums)),
        )
        return scores


def _address(array: npt.NDArray[Any]) -> int:
    return int(array.ctypes.data)
