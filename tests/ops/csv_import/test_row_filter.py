"""Rows are left out by what stands in a column, named by its header or its number, and counted."""

import pytest

from ops.csv_import.layout import Layout
from ops.csv_import.row_filter import RowFilter, RowFilterError

LAYOUT = Layout(";", ("Date", "Status", "A=B"), 1, 3, {})


@pytest.mark.parametrize(
    ("condition", "row", "drops"),
    [
        pytest.param("Status=PENDING", ["x", " pending "], True, id="in any case, with spaces"),
        pytest.param("status=pending", ["x", "booked"], False, id="another value"),
        pytest.param("2=pending", ["x", "PENDING"], True, id="by the column's number"),
        pytest.param("Status=", ["x", ""], True, id="an empty cell"),
        pytest.param("Status=", ["x"], True, id="a cell that is not there"),
        pytest.param("A=B=c", ["x", "y", "C"], True, id="a name with the sign in it"),
    ],
)
def test_a_row_is_left_out_where_its_cell_says_so(condition: str, row: list[str], drops: bool) -> None:
    found = RowFilter.parse([condition], LAYOUT)
    assert found.drops(row) is drops
    assert found.skipped == drops


def test_one_of_several_conditions_is_enough_and_a_row_counts_once() -> None:
    found = RowFilter.parse(["Status=pending", "Date=x"], LAYOUT)
    assert [found.drops(row) for row in (["x", "pending"], ["y", "pending"], ["y", "booked"])] == [True, True, False]
    assert found.skipped == 2


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        pytest.param("pending", "is no condition", id="no sign"),
        pytest.param("=pending", "is no condition", id="no column"),
        pytest.param("Mood=good", "has no column 'Mood': there are 'Date', 'Status', 'A=B'", id="an unknown name"),
        pytest.param("0=x", "has no column '0'", id="below the first"),
        pytest.param("4=x", "has no column '4'", id="past the last"),
        pytest.param("\u0662=x", "has no column", id="a digit of another script"),
    ],
)
def test_what_is_no_condition_of_this_file_is_refused(condition: str, says: str) -> None:
    with pytest.raises(RowFilterError, match=says):
        RowFilter.parse([condition], LAYOUT)


def test_a_file_without_a_header_names_its_columns_by_number() -> None:
    with pytest.raises(RowFilterError, match="there are 1 to 3"):
        RowFilter.parse(["Status=x"], Layout(";", (), 0, 3, {}))
