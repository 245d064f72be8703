"""Times as files write them become one instant in UTC; what could be another is refused."""

from datetime import UTC, datetime

import pytest

from ops.csv_import.months import months_by_name
from ops.csv_import.time import time_reader


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
