"""A file appears only when it is whole, gzipped where its name says so; half a file is never left behind."""

import gzip
import io
import sys
from pathlib import Path

import pytest

from ops.atomic_file import STANDARD, TextFileError, read_bytes, write_whole

LINES = b"one\ntwo\n" * 1_000


@pytest.mark.parametrize("name", ["lines.csv", "lines.csv.gz"])
def test_what_is_written_is_read_again_and_nothing_else_is_left(tmp_path: Path, name: str) -> None:
    with write_whole(tmp_path / name) as file:
        file.write(LINES)
        assert not (tmp_path / name).exists()
    with read_bytes(tmp_path / name) as file:
        assert file.read() == LINES
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_same_lines_make_the_same_gzipped_file_whatever_its_name(tmp_path: Path) -> None:
    for name in ("one.gz", "other.gz"):
        with write_whole(tmp_path / name) as file:
            file.write(LINES)
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "other.gz").read_bytes()
    assert gzip.decompress((tmp_path / "one.gz").read_bytes()) == LINES


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt])
def test_where_the_writer_fails_the_file_of_before_stands(tmp_path: Path, fault: type[BaseException]) -> None:
    place = tmp_path / "lines.csv"
    place.write_bytes(b"before")
    with pytest.raises(fault), write_whole(place) as file:
        file.write(LINES)
        raise fault
    assert place.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [place]


def test_a_folder_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "lines.csv"
    says = r"^cannot write .*lines\.csv: no such file or directory$"
    with pytest.raises(TextFileError, match=says), write_whole(missing):
        raise AssertionError("nothing to write to")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(None, "no such file or directory", id="not there"),
        pytest.param(gzip.compress(LINES)[:-20], "it is cut short", id="half a gzipped file"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(tmp_path: Path, content: bytes | None, says: str) -> None:
    place = tmp_path / "lines.gz"
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(TextFileError, match=rf"^cannot read .*lines\.gz: {says}$"), read_bytes(place) as file:
        file.read()


def test_a_gzipped_file_is_known_by_its_bytes_and_an_empty_one_is_empty(tmp_path: Path) -> None:
    (tmp_path / "plain.txt").write_bytes(gzip.compress(LINES))
    with read_bytes(tmp_path / "plain.txt") as file:
        assert file.read() == LINES
    (tmp_path / "empty").touch()
    with read_bytes(tmp_path / "empty") as file:
        assert file.read() == b""


def test_a_dash_is_standard_input_and_output(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LINES)))
    with read_bytes(STANDARD) as source, write_whole(STANDARD) as target:
        target.write(source.read())
    assert out.buffer.getvalue() == LINES
