"""Arrays: named arrays to bytes and back, the same bytes for the same arrays, and never a pickle."""

import io
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES

# Of one file's arrays when unpacked: those of 22 categories are a sixth of it, and the text's weights grow with them.
MAX_BYTES: Final = max(256, 7 * len(CATEGORIES)) * 1_048_576
MAX_ARRAYS: Final = 64
_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can hold
_KINDS: Final = "biufU"  # booleans, whole numbers, floats, text; never objects, records or times
# Of a header that lies numpy raises these; tokenize.TokenError is a bare Exception of its own.
_UNREADABLE: Final = (
    BadZipFile,
    EOFError,
    OSError,
    KeyError,
    TypeError,
    AttributeError,
    ValueError,
    SyntaxError,
    MemoryError,
    OverflowError,
    RecursionError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
)

Arrays = dict[str, npt.NDArray[np.generic]]


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


def unpack(content: bytes, names: Sequence[str]) -> Arrays:
    """Return the arrays; raises ValueError for anything but an npz file of bounded size that holds all of them.

    No array is made before its header was held against the bytes that are there.
    """
    try:
        with ZipFile(io.BytesIO(content)) as stored:
            members = stored.infolist()
            size = sum(member.file_size for member in members)
            if size > MAX_BYTES or len(members) > MAX_ARRAYS:
                raise _TooLargeError(
                    f"it unpacks to {size:,} bytes in {len(members)} arrays, more than {MAX_BYTES:,} in {MAX_ARRAYS}"
                )
            arrays = {member.filename.removesuffix(".npy"): _array(stored, member) for member in members}
    except _TooLargeError:
        raise
    except _UNREADABLE as error:
        raise ValueError("it is not a readable npz file") from error
    missing = [name for name in names if name not in arrays]
    if missing:
        raise ValueError(f"it lacks the array {missing[0]}")
    return arrays


def unpack_as(content: bytes, kinds: Mapping[str, tuple[str, int]]) -> Arrays:
    """Return the arrays; ``kinds`` gives each one's dtype ("float32", or "str") and number of axes. Raises ValueError.

    Nothing is cast: a number that another dtype held could be another number.
    """
    arrays = unpack(content, tuple(kinds))
    for name, (dtype, axes) in kinds.items():
        array = arrays[name]
        found = "str" if array.dtype.kind == "U" else array.dtype.name
        if (found, array.ndim) != (dtype, axes):
            raise ValueError(f"its array {name} is {describe(array)}, not {dtype} of {axes} axes")
    return arrays


def describe(array: npt.NDArray[np.generic]) -> str:
    """Return dtype and shape in one word, such as ``float32[262144,44]``."""
    return f"{'str' if array.dtype.kind == 'U' else array.dtype.name}[{','.join(map(str, array.shape))}]"


def describe_all(content: bytes) -> dict[str, str]:
    """Return what ``describe`` says of each array of an npz file; raises ValueError."""
    return {name: describe(array) for name, array in sorted(unpack(content, ()).items())}


class _TooLargeError(ValueError):
    """What the file unpacks to is over the limit."""


def _array(stored: ZipFile, member: ZipInfo) -> npt.NDArray[np.generic]:
    with stored.open(member) as opened:
        content = opened.read(member.file_size)  # never more than it promised, which was counted
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError("a version of the format that nobody here writes")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    try:
        shape, is_fortran, dtype = read(file)
    except Exception as error:
        raise ValueError("its header is none") from error
    body = content[file.tell() :]
    if dtype.kind not in _KINDS or not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError("its header promises what is not kept here")
    if not dtype.itemsize or math.prod(shape) * dtype.itemsize != len(body):
        raise ValueError("its header promises another size")
    array = np.frombuffer(body, dtype=dtype)
    return array.reshape(shape, order="F" if is_fortran else "C")
