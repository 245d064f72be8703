"""Dates that a spreadsheet program may have swapped refuse the file; the others are read as they are."""

from datetime import UTC, datetime

import pytest

from ops.csv_import.cell_dates import check_cell_dates, with_cell_dates
from ops.csv_import.time import DateFormatError, time_reader


def test_a_cell_that_is_a_date_is_read_as_one_whatever_the_texts_are_written_as() -> None:
    read = with_cell_dates(time_reader("day-first"))
    assert read("2024-03-04T00:00:00") == datetime(2024, 3, 4, tzinfo=UTC)
    assert read("04/03/2024") == datetime(2024, 3, 4, tzinfo=UTC)


def test_dates_up_to_the_twelfth_beside_texts_above_it_were_swapped() -> None:
    with pytest.raises(DateFormatError, match=r"^line 3 holds a text that is a date day-first only, and line 2 a date"):
        check_cell_dates([(2, "2024-04-03"), (3, "13/04/2024"), (4, "28/04/2024")])
    with pytest.raises(DateFormatError, match="month-first only"):
        check_cell_dates([(2, "2024-04-03"), (3, "04/13/2024")])


@pytest.mark.parametrize(
    "dates",
    [
        pytest.param([(2, "2024-04-03"), (3, "2024-04-13")], id="dates only"),
        pytest.param([(2, "13/04/2024"), (3, "03/04/2024")], id="texts only"),
        pytest.param([(2, "2024-04-23"), (3, "13/04/2024")], id="a date that cannot have been swapped"),
        pytest.param([(2, "2024-04-03"), (3, "03/04/2024")], id="a text that the program would have made a date"),
        pytest.param([(2, "2024-04-03"), (3, "pending")], id="no date"),
    ],
)
def test_a_workbook_without_that_proof_is_read(dates: list[tuple[int, str]]) -> None:
    check_cell_dates(dates)
