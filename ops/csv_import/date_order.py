"""Date order: which order of day and month the dates of a file prove, and which option reads them."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from ops.csv_import.time import NAMED_FORMATS, DateFormatError, reads_as, reads_as_date, time_reader

OTHER_ORDER: Final = {"day-first": "month-first", "month-first": "day-first"}
_SHORT: Final = re.compile(r"[0-9]{1,2}([/.-])[0-9]{1,2}\1[0-9]{2}").fullmatch
_DIGITS: Final = re.compile(r"[0-9]+").fullmatch


def current_day() -> date:
    """Return today in UTC: later days of a file are doubted."""
    return datetime.now(UTC).date()  # noqa: TID251 - a file of a bank is judged on the day it is read


def check_order(dates: Sequence[tuple[int, str]], date_format: str, today: date) -> None:
    """Refuse an order of day and month that the dates of a file, each with its line, prove wrong.

    Raises DateFormatError: the other dates would be read too, each as another day.
    """
    other = OTHER_ORDER.get(date_format)
    if other is None:
        return
    short = [(line, text) for line, text in dates if _SHORT(text.strip())]
    late = next((line for line, text in short if _is_future(text, date_format, today)), None)
    if late is not None and all(reads_as(re.sub("[/.]", "-", text), "%y-%m-%d") for _, text in short):
        raise DateFormatError(
            f"line {late} would lie in the future: its year may stand first; give --date-format '%y-%m-%d', with the "
            "marks of the file"
        )
    wrong = next((line for line, text in dates if is_proof_against(text, date_format)), None)
    if wrong is None:
        return
    right = next((line for line, text in dates if is_proof_against(text, other)), None)
    if right is not None:
        raise DateFormatError(
            f"line {wrong} is a date only {other} and line {right} only {date_format}: no one reading fits the file"
        )
    raise DateFormatError(
        f"line {wrong} is a date only {other}, so --date-format {date_format} misreads the others: "
        f"give --date-format {other}"
    )


def is_proof_against(text: str, date_format: str) -> bool:
    """Return whether a cell is a date in the other order of day and month only."""
    other = OTHER_ORDER.get(date_format)
    return other is not None and not reads_as(text, date_format) and reads_as(text, other)


def _is_future(text: str, date_format: str, today: date) -> bool:
    return reads_as(text, date_format) and time_reader(date_format)(text).date() > today + timedelta(days=1)


def advise_format(texts: Sequence[str], today: date) -> str:
    """Return what to do about dates that were not read: the option that reads all of them, where there is one.

    An option that reads one of them as a day in the future is none.
    """
    written = [text for text in texts if text.strip()]
    likely = [text for text in written if reads_as_date(text) or _DIGITS(text.strip())]
    fits = [
        name
        for name in NAMED_FORMATS
        if likely and all(reads_as(text, name) and not _is_future(text, name, today) for text in likely)
    ]
    if len(fits) == 1:
        return f"give --date-format {fits[0]}"
    if {"day-first", "month-first"} <= set(fits):
        return "give --date-format day-first or month-first: the first rows read as either"
    return "--date-format says how times are written"
