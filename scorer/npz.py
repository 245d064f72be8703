"""Npz: named arrays to bytes and back, the same bytes for the same arrays, and never a pickle."""

import io
from collections.abc import Sequence
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt


def pack(**arrays: npt.NDArray[np.generic]) -> bytes:
    """Return the arrays as a compressed npz file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(content: bytes, names: Sequence[str]) -> dict[str, npt.NDArray[np.generic]]:
    """Return the arrays; raises ValueError for anything but an npz file that holds all of them."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (BadZipFile, EOFError, OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError("it is not a readable npz file") from error
    missing = [name for name in names if name not in arrays]
    if missing:
        raise ValueError(f"it lacks the array {missing[0]}")
    return arrays
