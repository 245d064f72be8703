"""A file's lines become numbered rows of cells; a quote that is wrong costs its own row, and says where."""

from pathlib import Path

import pytest

from ops.csv_import.cells import Cells, RefusedRow
from ops.csv_import.file import read_cells, separator


def read(folder: Path, content: str | bytes, delimiter: str = ",") -> list[Cells | RefusedRow]:
    path = folder / "bank.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_cells(path, encoding="utf-8", delimiter=delimiter))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_rows_know_the_lines_they_begin_and_end_on(tmp_path: Path, end: str) -> None:
    rows = read(tmp_path, end.join(['a,"b', 'c"', "", " , ", "d,e"]))
    assert [(row.line, row.last, row.cells) for row in rows if isinstance(row, Cells)] == [
        (1, 2, ["a", f"b{end}c"]),
        (5, 5, ["d", "e"]),
    ]


def test_the_line_that_a_spreadsheet_writes_first_is_no_row_and_counts_as_a_line(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "sep=;\na;b\n", ";")
    assert (row.line, row.cells) == (2, ["a", "b"])  # type: ignore[union-attr]  # it is read


@pytest.mark.parametrize(
    ("line", "mark"),
    [("sep=;", ";"), ('"sep=,"', ","), ("SEP=\t", "\t"), ("sep=ab", None), ("sep=a", None), ("separator", None)],
)
def test_the_delimiter_of_such_a_line(line: str, mark: str | None) -> None:
    assert separator(line) == mark


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        pytest.param('a,"b \\"c\\" d",e', ["a", 'b "c" d', "e"], id="escaped by a backslash"),
        pytest.param('a,"b" c,d', ["a", "b c", "d"], id="text behind a quote"),
    ],
)
def test_quotes_that_other_programs_write_are_read(tmp_path: Path, line: str, cells: list[str]) -> None:
    assert [row.cells for row in read(tmp_path, f"{line}\nx,y,z\n") if isinstance(row, Cells)] == [
        cells,
        ["x", "y", "z"],
    ]


def test_a_quote_that_is_never_closed_refuses_the_rows_it_swallows_and_none_before(tmp_path: Path) -> None:
    first, refused = read(tmp_path, 'a,b\nc,"d\ne,f\ng,h\n')
    assert isinstance(first, Cells)
    assert isinstance(refused, RefusedRow)
    assert refused.line == 2
    assert "a quote opens here" in refused.reason


def test_a_cell_of_any_length_is_refused_by_its_line(tmp_path: Path) -> None:
    refused = read(tmp_path, f'a,"{"x" * 200_000}"\nb,c\n')[0]
    assert isinstance(refused, RefusedRow)
    assert refused.line == 1
    assert "a cell is longer than" in refused.reason
