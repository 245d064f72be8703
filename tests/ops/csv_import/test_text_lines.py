"""A byte that the encoding lacks is named by its line, with the option that reads the file."""

from pathlib import Path

import pytest

from ops.csv_import.cells import CsvSourceError
from ops.csv_import.text_lines import MAX_LINE, file_encoding, read_first_line, read_lines


def complaint(path: Path, encoding: str) -> str:
    with pytest.raises(CsvSourceError) as refused:
        list(read_lines(path, encoding=encoding))
    return str(refused.value)


def test_a_wrong_byte_far_down_is_named_by_its_line_and_advice_reads_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    lines = ["a;b\n"] * 5_000 + ["Caf\u00e9 M\u00fcller, \u20ac 5;b\n"]
    path.write_bytes("".join(lines).encode("cp1252"))
    said = complaint(path, "utf-8")
    assert said.startswith("bank.csv: line 5001 is not utf-8: give --encoding ")
    advised = said.rpartition(" ")[2]
    assert list(read_lines(path, encoding=advised)) == lines


def test_utf8_is_not_read_as_one_byte_a_letter(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_text("Z\u00fcrich\n" * 10, encoding="utf-8")
    assert complaint(path, "cp1252") == "bank.csv is utf-8, not cp1252: leave --encoding out"


def test_a_mark_at_the_beginning_counts_more_than_what_was_given(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_bytes("\ufeffa;b\r\n".encode("utf-16-le"))
    assert file_encoding(path, "utf-8") == "utf-16"
    assert read_first_line(path, encoding="utf-8") == "a;b\r\n"


def test_a_line_without_an_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_bytes(b"a;b\n" + b"x" * (MAX_LINE + 1))
    assert complaint(path, "utf-8") == "bank.csv: line 2 is over a megabyte: this is not a CSV file"
