"""CSV time: the ways files write when something happened, read into UTC."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Literal

from ops.errors import OpsError

TimeReader = Callable[[str], datetime]
_SLASHED: Final = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?"
).fullmatch
_PIVOT_YEAR: Final = 70  # two-digit years below it are of this century


class DateFormatError(OpsError):
    """The date format that was asked for does not exist."""

    exit_code = 2


def time_reader(date_format: str) -> TimeReader:
    """Return what reads times written in ``date_format``; a time without an offset is taken as UTC.

    ``iso`` (2025-03-31, 2025-03-31T12:30:00+02:00), ``day-first`` (31.3.2025, 31/03/25 12:30),
    ``month-first`` (3/31/2025), or a strptime pattern such as ``%d %b %Y``. The reader raises ValueError.
    Raises DateFormatError for anything else.
    """
    match date_format:
        case "iso":
            return _read_iso
        case "day-first":
            return lambda text: _read_slashed(text, first="day")
        case "month-first":
            return lambda text: _read_slashed(text, first="month")
        case _ if "%" in date_format:
            return _pattern_reader(date_format)
    raise DateFormatError(
        f"there is no date format {date_format!r}: give iso, day-first, month-first or a pattern like '%d %b %Y'"
    )


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("out of range") from None


def _read_iso(text: str) -> datetime:
    return _in_utc(datetime.fromisoformat(text.strip()))


def _read_slashed(text: str, *, first: Literal["day", "month"]) -> datetime:
    match = _SLASHED(text.strip())
    if match is None:
        raise ValueError("not a date")
    one, two, year = int(match[1]), int(match[2]), int(match[3])
    if len(match[3]) == 2:
        year += 2000 if year < _PIVOT_YEAR else 1900
    day, month = (one, two) if first == "day" else (two, one)
    hour, minute, second = (int(part or 0) for part in match.group(4, 5, 6))
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _pattern_reader(pattern: str) -> TimeReader:
    try:
        datetime.strptime("", pattern)  # noqa: DTZ007 (only the pattern is tried)
    except ValueError as error:
        if "bad directive" in str(error) or "stray" in str(error):
            raise DateFormatError(f"--date-format: {error}") from None
    return lambda text: _in_utc(datetime.strptime(text.strip(), pattern))  # noqa: DTZ007 (made UTC at once)
