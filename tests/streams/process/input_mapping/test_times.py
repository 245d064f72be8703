"""A time is read in the form that the mapping names and no other, in its zone where it has no offset."""

from datetime import UTC, datetime, timedelta

import pytest

from streams.process.input_mapping.fault import UnreadableError
from streams.process.input_mapping.path import parse_path
from streams.process.input_mapping.spec import TimeSpec
from streams.process.input_mapping.times import occurred_at_reader, parser_of, zone_of


def read(value: object, form: str = "iso", zone: str = "UTC") -> datetime:
    return occurred_at_reader(TimeSpec((parse_path("at"),), form, zone), {"at": 0})((value,))


@pytest.mark.parametrize(
    ("value", "form", "zone", "instant"),
    [
        pytest.param("2024-03-31T12:00:00Z", "iso", "Europe/Berlin", "2024-03-31T12:00:00+00:00", id="its own offset"),
        pytest.param("2024-03-31", "iso", "Europe/Berlin", "2024-03-31T00:00:00+01:00", id="a day before summer time"),
        pytest.param("2024-04-01", "date", "Europe/Berlin", "2024-04-01T00:00:00+02:00", id="and one after"),
        pytest.param("31/03/2024 09:05", "%d/%m/%Y %H:%M", "-03:30", "2024-03-31T09:05:00-03:30", id="pattern"),
        pytest.param("1 Mar 2024 +0100", "%d %b %Y %z", "UTC", "2024-03-01T00:00:00+01:00", id="pattern with offset"),
        pytest.param(1_701_022_512, "epoch_s", "UTC", "2023-11-26T18:15:12+00:00", id="seconds"),
        pytest.param("1701022512123", "epoch_ms", "UTC", "2023-11-26T18:15:12.123000+00:00", id="milliseconds"),
    ],
)  # fmt: skip
def test_the_form_and_the_zone_of_the_mapping_hold(value: object, form: str, zone: str, instant: str) -> None:
    assert read(value, form, zone).isoformat() == instant


@pytest.mark.parametrize(
    ("value", "form", "says"),
    [
        pytest.param("2024-W13-7T12:00", "iso", "is not a time of the form iso", id="weeks"),
        pytest.param("2024-02-30", "iso", "is not a time of the form iso", id="no such day"),
        pytest.param("3/4/24", "%d/%m/%Y", "is not a time of the form", id="two digits of a year"),
        pytest.param(20240331, "iso", "has the wrong type", id="a number where a text belongs"),
        pytest.param(True, "epoch_s", "has the wrong type", id="a boolean is no number"),
        pytest.param(-1, "epoch_s", "is before 1970 or after 9999", id="before 1970"),
        pytest.param("", "iso", "is missing", id="empty"),
    ],
)
def test_what_is_no_time_of_that_form_is_a_fault_of_its_path(value: object, form: str, says: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        read(value, form)
    assert refused.value.error.detail.startswith(f"at: {says}")


@pytest.mark.parametrize("form", ["rfc", "%d/%m", "%Y-%m-%d %m", "%Y-%d-%m-%b", "%Y %q %d"])
def test_a_pattern_that_names_no_day_or_one_twice_is_refused_when_the_mapping_is_read(form: str) -> None:
    with pytest.raises(ValueError, match=r"is no form of a time|names no day|is not known, or stands there twice"):
        parser_of(form)


def test_a_zone_is_named_or_an_offset() -> None:
    assert zone_of("+01:00").utcoffset(None) == timedelta(hours=1)
    assert zone_of("UTC") is UTC
    with pytest.raises(ValueError, match="is no time zone; write UTC, an offset such as"):
        zone_of("Mars/Olympus")
