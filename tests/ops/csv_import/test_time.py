"""Dates of a file have one reading; what proves it wrong refuses the file."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.csv_import.cells import CsvSourceError, RefusedRow
from ops.csv_import.columns import CsvMap
from ops.csv_import.months import months_by_name
from ops.csv_import.row import Row
from ops.csv_import.source import SAMPLE_ROWS, CsvFormat, read_csv
from ops.csv_import.time import DateFormatError, time_reader


def read(folder: Path, dates: list[str], date_format: str = "iso") -> list[Row | RefusedRow]:
    path = folder / "bank.csv"
    path.write_text("occurred_at;amount;description\n" + "".join(f"{date};-1.00;x\n" for date in dates))
    return list(read_csv(path, CsvMap.parse(""), CsvFormat(date_format=date_format)))


@pytest.mark.parametrize(
    ("date_format", "text", "instant"),
    [
        pytest.param("iso", "2024/03/04", datetime(2024, 3, 4, tzinfo=UTC), id="the year first"),
        pytest.param("iso", "2024.03.04.", datetime(2024, 3, 4, tzinfo=UTC), id="hungarian"),
        pytest.param("iso", "20240304", datetime(2024, 3, 4, tzinfo=UTC), id="compact"),
        pytest.param("iso", "20240131120000", datetime(2024, 1, 31, 12, tzinfo=UTC), id="compact with time"),
        pytest.param("day-first", "4. März 2024", datetime(2024, 3, 4, tzinfo=UTC), id="german"),
        pytest.param("day-first", "4 févr. 2024", datetime(2024, 2, 4, tzinfo=UTC), id="french"),
        pytest.param("day-first", "4 de marzo de 2024", datetime(2024, 3, 4, tzinfo=UTC), id="spanish"),
        pytest.param("day-first", "04-MAR-24", datetime(2024, 3, 4, tzinfo=UTC), id="two digits of a year"),
        pytest.param("month-first", "Mar 4, 2024", datetime(2024, 3, 4, tzinfo=UTC), id="american"),
        pytest.param("month-first", "3/4/2024 9:05 PM", datetime(2024, 3, 4, 21, 5, tzinfo=UTC), id="afternoon"),
        pytest.param("%d %b %Y", "10 oct 2021", datetime(2021, 10, 10, tzinfo=UTC), id="pattern"),
        pytest.param("%d. %B %Y", "4. Dezember 2024", datetime(2024, 12, 4, tzinfo=UTC), id="pattern in german"),
        pytest.param("epoch", "1701022512", datetime(2023, 11, 26, 18, 15, 12, tzinfo=UTC), id="seconds"),
        pytest.param("epoch-ms", "1701022512000", datetime(2023, 11, 26, 18, 15, 12, tzinfo=UTC), id="milliseconds"),
    ],
)
def test_dates_as_more_files_write_them(date_format: str, text: str, instant: datetime) -> None:
    assert time_reader(date_format)(text) == instant


@pytest.mark.parametrize(
    ("date_format", "text"),
    [
        pytest.param("iso", "1701022512000", id="milliseconds"),
        pytest.param("iso", "1709251200", id="seconds"),
        pytest.param("iso", "2001021212345", id="milliseconds that begin with a date"),
        pytest.param("epoch", "1701022512000", id="milliseconds read as seconds"),
        pytest.param("epoch-ms", "1701022512", id="seconds read as milliseconds"),
        pytest.param("epoch", "9" * 400, id="four hundred digits"),
        pytest.param("epoch", "1\u0662", id="digits of another script"),
        pytest.param("month-first", "3/4/2024 13:05 PM", id="no such hour"),
        pytest.param("day-first", "4 Foo 2024", id="no such month"),
        pytest.param("day-first", "1 " * 5_000, id="a long cell"),
    ],
)
def test_what_could_be_another_time_is_refused(date_format: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        time_reader(date_format)(text)


def test_a_month_of_two_languages_that_means_two_months_is_none() -> None:
    names = months_by_name()
    assert (names["marz"], names["okt"], names["aout"], names["dez"]) == (3, 10, 8, 12)
    assert all(1 <= month <= 12 for month in names.values())


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
