"""Times: functions that read when a transaction took place, in the form that a mapping names."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.events.dead_letter import DeadLetterReason
from schemas.events.transaction import MAX_TIME
from streams.process.input_mapping.fault import UnreadableError, invalid, missing, wrong_type
from streams.process.input_mapping.record_type import Values
from streams.process.input_mapping.spec import TimeSpec

ReadTime = Callable[[Values], datetime]
Parse = Callable[[str, tzinfo], datetime]
FORMS: Final = ("iso", "date", "epoch_s", "epoch_ms")
_DATE_LENGTH: Final = 10
_TARGET: Final = "occurred_at"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND: Final = (MAX_TIME - _EPOCH).total_seconds()
_OFFSET: Final = re.compile(r"([+-])([01][0-9]|2[0-3]):?([0-5][0-9])").fullmatch
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DIRECTIVES: Final = {
    "Y": "(?P<Y>[0-9]{4})",
    "m": "(?P<m>[0-9]{1,2})",
    "d": "(?P<d>[0-9]{1,2})",
    "H": "(?P<H>[0-9]{1,2})",
    "M": "(?P<M>[0-9]{2})",
    "S": "(?P<S>[0-9]{2})",
    "f": "(?P<f>[0-9]{1,6})",
    "b": f"(?P<b>{'|'.join(_MONTHS)})",
    "z": "(?P<z>Z|[+-][0-9]{2}:?[0-9]{2})",
    "%": "%",
}


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its IANA name or as an offset such as +01:00; raises ValueError."""
    if name == "UTC":
        return UTC
    if (match := _OFFSET(name)) is not None:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-offset if match[1] == "-" else offset)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write UTC, an offset such as +01:00, or Europe/Berlin") from None


def parser_of(form: str) -> Parse:
    """Return what reads a text of this form, in a zone where it has no offset; raises ValueError for no form."""
    match form:
        case "iso":
            return _read_iso
        case "date":
            return _read_date
        case _ if "%" in form:
            return _pattern_parser(form)
    raise ValueError(f"{form!r} is no form of a time; write {', '.join(FORMS)}, or a pattern such as %d/%m/%Y %H:%M")


def occurred_at_reader(spec: TimeSpec, index: Mapping[str, int]) -> ReadTime:
    """Return what reads the time of the values at the paths; raises ValueError for a form or zone that is none."""
    sources = [(path.text, index[path.text]) for path in spec.sources]
    if spec.form in ("epoch_s", "epoch_ms"):
        return _epoch_reader(sources, 1_000 if spec.form == "epoch_ms" else 1)
    zone = zone_of(spec.zone)
    parse = parser_of(spec.form)

    def read(values: Values) -> datetime:
        for path, place in sources:
            value = values[place]
            if value is None or value == "":
                continue
            if type(value) is not str:
                raise wrong_type(path, _TARGET)
            try:
                return parse(value, zone)
            except (ValueError, OverflowError, IndexError):
                raise invalid(path, f"is not a time of the form {spec.form}", _TARGET) from None
        raise missing(sources[0][0], _TARGET)

    return read


def _epoch_reader(sources: list[tuple[str, int]], per_second: int) -> ReadTime:
    def read(values: Values) -> datetime:
        for path, place in sources:
            value = values[place]
            if value is None or value == "":
                continue
            if type(value) is str and value.isascii() and value.isdigit() and len(value) <= 15:
                value = int(value)
            if type(value) not in (int, float):
                raise wrong_type(path, _TARGET)
            if not 0 <= value / per_second <= _LAST_SECOND:
                what = "is before 1970 or after 9999"
                raise UnreadableError(DeadLetterReason.TIME_OUT_OF_RANGE, path, what, _TARGET)
            return _EPOCH + timedelta(milliseconds=value * (1_000 // per_second))
        raise missing(sources[0][0], _TARGET)

    return read


def _read_iso(text: str, zone: tzinfo) -> datetime:
    if len(text) == _DATE_LENGTH:
        return _read_date(text, zone)
    at = datetime.fromisoformat(text)
    if text[4] != "-" or text[7] != "-" or text[_DATE_LENGTH] not in "Tt ":  # it also reads weeks
        raise ValueError
    return at if at.tzinfo is UTC else _placed(at, zone)


@lru_cache(10_000)  # of days there are few
def _read_date(text: str, zone: tzinfo) -> datetime:
    if _DATE(text) is None:
        raise ValueError
    day = date.fromisoformat(text)
    return _placed(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001 - placed in the zone


def _placed(at: datetime, zone: tzinfo) -> datetime:
    """Return a moment with a fixed offset of whole minutes, as RFC 3339 has it."""
    own = at.tzinfo
    if own is None and zone is UTC:
        return at.replace(tzinfo=UTC)
    offset = at.utcoffset() if own is not None else at.replace(tzinfo=zone).utcoffset()
    if offset is None or offset.seconds % 60 or offset.microseconds:
        raise ValueError
    return at.replace(tzinfo=timezone(offset))


def _pattern_parser(form: str) -> Parse:
    pattern, used, at = "", set[str](), 0
    while at < len(form):
        if form[at] != "%":
            pattern += re.escape(form[at])
            at += 1
            continue
        letter = form[at + 1 : at + 2]
        if letter not in _DIRECTIVES or letter in used - {"%"}:
            known = " ".join(f"%{one}" for one in _DIRECTIVES)
            raise ValueError(f"%{letter} is not known, or stands there twice; known: {known} (years have four digits)")
        used.add(letter)
        pattern += _DIRECTIVES[letter]
        at += 2
    if not {"Y", "d"} <= used or len(used & {"m", "b"}) != 1:
        raise ValueError(f"{form!r} names no day: it needs %Y, %d and one of %m and %b")
    matches = re.compile(pattern).fullmatch

    def parse(text: str, zone: tzinfo) -> datetime:
        match = matches(text)
        if match is None:
            raise ValueError
        found = match.groupdict()
        month = _MONTHS.index(found["b"]) + 1 if "b" in used else int(found["m"])
        hour, minute, second = (int(found.get(letter) or 0) for letter in "HMS")
        micros = int((found.get("f") or "").ljust(6, "0"))
        own = found.get("z")
        at = datetime(int(found["Y"]), month, int(found["d"]), hour, minute, second, micros)  # noqa: DTZ001 - see below
        return _placed(at, zone if own is None else UTC if own == "Z" else zone_of(own))

    return parse
