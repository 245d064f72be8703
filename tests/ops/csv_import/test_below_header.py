"""Exports that were put behind each other repeat their header: it is no row, and another one is another table."""

import pytest

from ops.csv_import.below_header import below_header
from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow
from ops.csv_import.layout import Layout
from ops.csv_import.row_filter import RowFilter

HEADER = ["Date", "Amount", "Text"]
LAYOUT = Layout(",", HEADER, 3, 3, {"occurred_at": 0, "amount": 1, "description": 2})


def read(*rows: list[str] | RefusedRow, conditions: tuple[tuple[int, str], ...] = ()) -> list[int]:
    numbered = iter(
        [row if isinstance(row, RefusedRow) else Cells(line, row, line) for line, row in enumerate(rows, 1)]
    )
    return [row.line for row in below_header(numbered, LAYOUT, RowFilter(conditions))]


def test_what_stands_above_the_header_is_none_and_a_repeat_is_left_out_in_any_case() -> None:
    one = ["2024-03-01", "-1", "x"]
    assert read(["Account 1"], [""], HEADER, one, ["DATE", " amount ", "text"], one) == [4, 6]


def test_columns_that_stand_elsewhere_further_down_stop_the_file() -> None:
    with pytest.raises(CsvSourceError, match="line 5 names the columns anew, otherwise than line 3"):
        read([""], [""], HEADER, ["2024-03-01", "-1", "x"], ["Date", "Text", "Amount"])


def test_rows_that_the_user_leaves_out_are_dropped_and_refused_ones_stay() -> None:
    rows = ([""], [""], HEADER, ["2024-03-01", "-1", "PENDING"], RefusedRow(5, "is not CSV"), ["2024-03-02", "-1", "y"])
    assert read(*rows, conditions=((2, "pending"),)) == [5, 6]
