"""A file's dates have one order of day and month: a proof of the other refuses the file, and advice reads all of it."""

from datetime import date
from pathlib import Path

import pytest

from ops.csv_import.cells import CsvSourceError, RefusedRow
from ops.csv_import.columns import CsvMap
from ops.csv_import.date_order import advise_format, check_order
from ops.csv_import.row import Row
from ops.csv_import.source import SAMPLE_ROWS, CsvFormat, read_csv
from ops.csv_import.time import DateFormatError

TODAY = date(2024, 3, 31)


def read(folder: Path, dates: list[str], date_format: str = "iso") -> list[Row | RefusedRow]:
    path = folder / "bank.csv"
    path.write_text("occurred_at;amount;description\n" + "".join(f"{date};-1.00;x\n" for date in dates))
    return list(read_csv(path, CsvMap.parse(""), CsvFormat(date_format=date_format)))


def test_a_date_that_reads_the_other_way_only_refuses_the_file(tmp_path: Path) -> None:
    dates = ["03/04/2024", "13/04/2024"]
    with pytest.raises(DateFormatError, match=r"line 3 is a date only day-first, .*: give --date-format day-first"):
        read(tmp_path, dates, "month-first")
    assert all(isinstance(row, Row) for row in read(tmp_path, dates, "day-first"))


def test_a_file_with_both_orders_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DateFormatError, match="line 2 is a date only day-first and line 3 only month-first"):
        read(tmp_path, ["13/04/2024", "04/13/2024"], "month-first")


def test_a_proof_far_down_the_file_stops_it(tmp_path: Path) -> None:
    with pytest.raises(CsvSourceError, match=f"line {SAMPLE_ROWS + 7}: occurred_at is a date only day-first"):
        read(tmp_path, ["03/04/2024"] * (SAMPLE_ROWS + 5) + ["13/04/2024"], "month-first")


@pytest.mark.parametrize(
    ("dates", "advice"),
    [
        pytest.param(["03/04/2024", "13/04/2024"], "give --date-format day-first", id="one reading"),
        pytest.param(["03/04/2024", "05/06/2024"], "give --date-format day-first or month-first", id="two readings"),
        pytest.param(["1701022512000", "1709251200000"], "give --date-format epoch-ms", id="milliseconds"),
        pytest.param(["yesterday"], "--date-format says how times are written", id="none"),
    ],
)
def test_a_refused_date_says_which_option_reads_it(tmp_path: Path, dates: list[str], advice: str) -> None:
    for row in read(tmp_path, dates):
        assert isinstance(row, RefusedRow)
        assert row.reason.startswith(f"occurred_at: is not a time written as iso; {advice}")


def test_a_year_that_may_stand_first_is_asked_about_before_dates_of_the_future_are_read() -> None:
    with pytest.raises(DateFormatError, match=r"line 3 would lie in the future: .* give --date-format '%y-%m-%d'"):
        check_order([(2, "24/03/04"), (3, "24/03/29")], "day-first", TODAY)
    check_order([(2, "04/03/24"), (3, "29/03/24")], "day-first", TODAY)


def test_a_format_that_reads_a_day_of_the_future_is_no_advice() -> None:
    assert advise_format(["05/03/2024"], date(2024, 3, 6)) == "give --date-format day-first"
    assert advise_format(["05/03/2024"], date(2024, 5, 6)).startswith("give --date-format day-first or month-first")
