"""Compiled: finds the library that ``make setup`` compiles from bit_vectors.c, where a compiler is."""

import ctypes
from functools import cache
from pathlib import Path
from typing import Final

VERSION: Final = 2  # of bit_vectors.c: a checkout that moved on may still hold what was compiled before


@cache
def library() -> ctypes.CDLL | None:
    """Return the compiled library; None where it was not built, or from another version of its source."""
    for path in Path(__file__).parent.glob("_bit_vectors*.so"):
        try:
            found = ctypes.CDLL(str(path))
            if found.bit_vectors_version() == VERSION:
                return declare(found)
        except (OSError, AttributeError):  # built for another machine, or half copied
            continue
    return None


def declare(found: ctypes.CDLL) -> ctypes.CDLL:
    """Say what the library's function takes: ctypes would cut an address to an int; raises AttributeError."""
    found.bit_vectors_score.restype = None
    found.bit_vectors_score.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, *[ctypes.c_void_p] * 4]
    return found


def engine() -> str:
    """Return the name of what scores trees in this installation."""
    return "onnxruntime" if library() is None else "bit_vectors"
