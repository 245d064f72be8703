"""A reader of another package is trusted with no number and no column that its first row had not."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow
from ops.csv_import.formats.plug_ins import load_reader, read_rows

FILE = Path("my.bank")


def read(*rows: Mapping[str, Any]) -> list[Cells | RefusedRow]:
    return list(read_rows(lambda _: iter(rows), FILE, name="mine"))


def test_rows_are_numbered_and_have_the_columns_of_the_first() -> None:
    header, first, second = read({"amount": "-1.00", "memo": "a"}, {"memo": None})
    assert [row.cells for row in (header, first, second) if isinstance(row, Cells)] == [
        ["amount", "memo"],
        ["-1.00", "a"],
        ["", ""],
    ]
    assert isinstance(second, Cells)
    assert (second.line, dict(second.faults)) == (2, {})


def test_a_float_is_a_fault_of_its_cell() -> None:
    row = read({"amount": -1.1})[1]
    assert isinstance(row, Cells)
    assert row.faults == {0: "is float from the reader: it gives texts"}


def test_a_column_that_comes_late_refuses_its_row() -> None:
    refused = read({"amount": "1"}, {"amount": "1", "memo": "a"})[2]
    assert isinstance(refused, RefusedRow)
    assert refused.reason == "the reader gives 'memo', which its first row has not"


def test_a_reader_that_fails_is_named_with_the_row_and_without_what_it_said() -> None:
    def broken(path: Path) -> Iterator[Mapping[str, str]]:
        yield {"amount": "1"}
        raise KeyError("4111 1111 1111 1111")

    with pytest.raises(CsvSourceError) as refused:
        list(read_rows(broken, FILE, name="mine"))
    assert str(refused.value) == "reader mine failed behind row 1 of my.bank: KeyError"


def test_a_reader_that_nobody_installed_is_said_to_be_so() -> None:
    with pytest.raises(CsvSourceError, match="there is no reader 'nobody'"):
        load_reader("nobody")
