"""Npz: the same bytes for the same arrays, and what is no npz is refused."""

import io
from zipfile import ZipFile

import numpy as np
import pytest

from scorer.model.arrays import pack, unpack

ONE, OTHER = np.arange(12, dtype=np.float32).reshape(3, 4), np.array([7], dtype=np.int32)
_EXTRA_LENGTH = slice(28, 30)  # of a zip file's first local header


def test_arrays_come_back_as_they_were() -> None:
    found = unpack(pack(one=ONE, other=OTHER), ("one", "other"))
    assert np.array_equal(found["one"], ONE)
    assert found["other"].dtype == OTHER.dtype


def test_no_header_holds_a_time_or_what_releases_of_python_write_differently() -> None:
    content = pack(one=ONE, other=OTHER)
    assert content == pack(one=ONE, other=OTHER)
    assert content[_EXTRA_LENGTH] == b"\0\0"
    with ZipFile(io.BytesIO(content)) as packed:
        assert {(member.date_time, member.extra) for member in packed.infolist()} == {((1980, 1, 1, 0, 0, 0), b"")}


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "not a readable npz"), (pack(one=ONE)[:-9], "not a readable npz"), (pack(one=ONE), "lacks the array other")],
)
def test_what_is_no_such_file_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        unpack(content, ("one", "other"))


def test_a_pickle_is_never_written() -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        pack(one=np.array([object()]))
