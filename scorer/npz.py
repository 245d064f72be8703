"""Npz: named arrays to bytes and back, the same bytes for the same arrays, and never a pickle."""

import io
from collections.abc import Sequence
from typing import Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import numpy as np
import numpy.typing as npt

_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can hold


def pack(**arrays: npt.NDArray[np.generic]) -> bytes:
    """Return the arrays as a compressed npz file."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as packed:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            # Written whole: numpy streams its members, around which releases of Python write different headers.
            packed.writestr(ZipInfo(f"{name}.npy", _NO_DATE), member.getvalue(), ZIP_DEFLATED)
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
