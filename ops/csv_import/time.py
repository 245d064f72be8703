"""CSV time: the ways files write when something happened, read into UTC."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from ops.csv_import.months import months_by_name
from ops.errors import OpsError
from schemas.text.folding import fold

TimeReader = Callable[[str], datetime]
NAMED_FORMATS: Final = ("iso", "day-first", "month-first", "epoch", "epoch-ms")
LONGEST_TIME: Final = 64
_CLOCK: Final = r"(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?(?: ?([AP])\.?M\.?)?)?"
_SLASHED: Final = re.compile(rf"(\d{{1,2}})[/.-] ?(\d{{1,2}})[/.-] ?(\d{{4}}|\d{{2}})\.?{_CLOCK}", re.I).fullmatch
_YEAR_FIRST: Final = re.compile(rf"(\d{{4}})[/.-] ?(\d{{1,2}})[/.-] ?(\d{{1,2}})\.?{_CLOCK}", re.I).fullmatch
_MONTH: Final = r"([^\W\d_]{3,12})\.?"
_DAY_NAME_YEAR: Final = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|\.)?[ /-]?(?:de )?{_MONTH}[ /,-]{{0,2}}(?:de )?(\d{{4}}|\d{{2}}){_CLOCK}", re.I
).fullmatch
_NAME_DAY_YEAR: Final = re.compile(
    rf"{_MONTH}[ /-]?(\d{{1,2}})(?:st|nd|rd|th|\.)?[ /,-]{{1,2}}(\d{{4}}){_CLOCK}", re.I
).fullmatch
KEPT_TIMES: Final = 4_096  # days repeat
_PIVOT_YEAR: Final = 70  # two-digit years below it are of this century
_MILLISECONDS_FROM: Final = 10**11  # as seconds the year 5138, as milliseconds March 1973
_SECONDS_FROM: Final = 10**8  # March 1973: what is less is a date in digits, or a spreadsheet's count of days
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class DateFormatError(OpsError):
    """The date format that was asked for does not exist, or the dates of a file prove it wrong."""

    exit_code = 2


def time_reader(date_format: str) -> TimeReader:
    """Return what reads times written in ``date_format``; a time without an offset is taken as UTC.

    ``iso`` (2025-03-31, 2025/3/31, 20250331, 2025-03-31T12:30:00+02:00), ``day-first`` (31.3.2025, 31/03/25 12:30),
    ``month-first`` (3/31/2025 9:05 PM), ``epoch`` and ``epoch-ms`` (seconds and milliseconds since 1970), or a strptime
    pattern such as ``%d %b %Y``. Both orders read a month that is written as a word (31. März 2025, Mar 31, 2025), and
    a pattern reads its names in the same languages. The reader raises ValueError. Raises DateFormatError for anything
    else.
    """
    match date_format:
        case "iso":
            return _read_iso
        case "day-first":
            return lambda text: _read_ordered(text, first="day")
        case "month-first":
            return lambda text: _read_ordered(text, first="month")
        case "epoch":
            return lambda text: _read_epoch(text, per_second=1)
        case "epoch-ms":
            return lambda text: _read_epoch(text, per_second=1000)
        case _ if "%" in date_format:
            return _pattern_reader(date_format)
    raise DateFormatError(
        f"there is no date format {date_format!r}: give {', '.join(NAMED_FORMATS)} or a pattern like '%d %b %Y'"
    )


def reads_as_date(text: str) -> bool:
    """Return whether a cell is a date in a usual form, in whichever order."""
    return any(reads_as(text, date_format) for date_format in ("iso", "day-first", "month-first"))


def reads_as(text: str, date_format: str) -> bool:
    """Return whether a cell is a time written in ``date_format``."""
    try:
        time_reader(date_format)(text)
    except ValueError:
        return False
    return True


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("out of range") from None


def _read_iso(text: str) -> datetime:
    text = text.strip()
    if len(text) > LONGEST_TIME:
        raise ValueError("not a date")
    if text[:9].isdigit() and len(text) > 8:  # else parts of a longer number would pass for a date
        if len(text) != 14 or not text.isascii() or not text.isdigit():
            raise ValueError("not a date")
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    try:
        return _in_utc(datetime.fromisoformat(text))
    except ValueError:
        match = _YEAR_FIRST(text) if len(text) <= LONGEST_TIME else None
        if match is None:
            raise
    return _moment(int(match[1]), int(match[2]), int(match[3]), match.group(4, 5, 6, 7))


def _read_ordered(text: str, *, first: Literal["day", "month"]) -> datetime:
    text = text.strip()
    match = _SLASHED(text) if len(text) <= LONGEST_TIME else None
    if match is None:
        return _read_named(text)
    one, two = int(match[1]), int(match[2])
    day, month = (one, two) if first == "day" else (two, one)
    return _moment(_full_year(match[3]), month, day, match.group(4, 5, 6, 7))


def _read_named(text: str) -> datetime:
    """Read a date whose month is a word: there is one reading, whatever comes first."""
    if len(text) > LONGEST_TIME:
        raise ValueError("not a date")
    text = " ".join(text.split())
    if (match := _DAY_NAME_YEAR(text)) is not None:
        day, name, year = match.group(1, 2, 3)
    elif (match := _NAME_DAY_YEAR(text)) is not None:
        name, day, year = match.group(1, 2, 3)
    else:
        raise ValueError("not a date")
    month = months_by_name().get(fold(name))
    if month is None:
        raise ValueError("no month of that name")
    return _moment(_full_year(year), month, int(day), match.group(4, 5, 6, 7))


def _full_year(text: str) -> int:
    year = int(text)
    return year + (2000 if year < _PIVOT_YEAR else 1900) if len(text) == 2 else year


def _moment(year: int, month: int, day: int, clock: tuple[str | None, ...]) -> datetime:
    hour, minute, second = (int(part or 0) for part in clock[:3])
    if half := (clock[3] or "").upper():
        if not 1 <= hour <= 12:
            raise ValueError("no hour of half a day")
        hour = hour % 12 + (12 if half == "P" else 0)
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _read_epoch(text: str, *, per_second: int) -> datetime:
    text = text.strip()
    if len(text) > 20 or not text.isascii() or not text.isdigit():
        raise ValueError("not a number of seconds")
    count = int(text)
    if count < _SECONDS_FROM or (count >= _MILLISECONDS_FROM) != (per_second == 1000):
        raise ValueError("the other unit, or none")
    try:
        return _EPOCH + timedelta(microseconds=count * 1_000_000 // per_second)
    except OverflowError:
        raise ValueError("out of range") from None


def _pattern_reader(pattern: str) -> TimeReader:
    numbered = pattern.replace("%b", "%m").replace("%B", "%m")
    for tried in (pattern, numbered):
        try:
            datetime.strptime("", tried)  # noqa: DTZ007 (only the pattern is tried)
        except re.error:
            raise DateFormatError(f"--date-format: {pattern!r} names a part of the date twice") from None
        except ValueError as error:
            if "bad directive" in str(error) or "stray" in str(error):
                raise DateFormatError(f"--date-format: {error}") from None
    if "%b" not in pattern and "%B" not in pattern:
        return lambda text: _in_utc(datetime.strptime(text.strip(), pattern))  # noqa: DTZ007 (made UTC at once)
    return lambda text: _in_utc(datetime.strptime(_with_number(text.strip()[:LONGEST_TIME]), numbered))  # noqa: DTZ007


def _with_number(text: str) -> str:
    """Return a date with the name of its month as a number."""
    names = months_by_name()
    return re.sub(r"[^\W\d_]{3,12}\.?", lambda found: str(names.get(fold(found[0]), found[0])), text)
