"""A file is the same file whether it is packed or not, and how far it is read is known while it is open."""

import gzip
from pathlib import Path

import pytest

from ops.csv_import.cells import CsvSourceError
from ops.csv_import.file_bytes import ReadPosition, fingerprint, is_packed, open_bytes

CONTENT = b"occurred_at,amount,description\n" * 1_000


def test_a_packed_copy_has_the_fingerprint_of_what_it_holds(tmp_path: Path) -> None:
    plain, packed = tmp_path / "bank.csv", tmp_path / "bank-of-another-name"
    plain.write_bytes(CONTENT)
    packed.write_bytes(gzip.compress(CONTENT))
    assert fingerprint(plain) == fingerprint(packed)
    assert (is_packed(plain), is_packed(packed)) == (False, True)
    plain.write_bytes(CONTENT + b"x")
    assert fingerprint(plain) != fingerprint(packed)


@pytest.mark.parametrize("cut", [1, 8, 30], ids=["in the checksum", "before it", "in the content"])
def test_a_packed_file_that_is_cut_short_is_said_to_be(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "bank.csv.gz"
    path.write_bytes(gzip.compress(CONTENT)[:-cut])
    with pytest.raises(CsvSourceError, match=r"^bank\.csv\.gz is gzip, but cut short or broken: fetch it again$"):
        fingerprint(path)


def test_the_share_that_was_read_grows_to_one_and_ends_with_the_file(tmp_path: Path) -> None:
    path, position = tmp_path / "bank.csv", ReadPosition()
    path.write_bytes(CONTENT)
    assert position.share() is None
    with open_bytes(path, position) as stream:
        stream.read(len(CONTENT) // 4)
        quarter = position.share()
        stream.read()
        assert (quarter, position.share()) == (0.25, 1.0)
    assert position.share() is None


def test_an_empty_file_has_no_share(tmp_path: Path) -> None:
    path, position = tmp_path / "bank.csv", ReadPosition()
    path.touch()
    with open_bytes(path, position):
        assert position.share() is None
