"""Cell dates: dates that a workbook keeps as dates, beside others that it keeps as texts.

A spreadsheet program that opens a file of another country turns the dates that it can read into dates, with day and
month swapped, and leaves the others as texts: 03/04 becomes 4 March, 13/04 stays what it is.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ops.csv_import.date_order import is_proof_against
from ops.csv_import.time import DateFormatError, TimeReader, reads_as, reads_as_date, time_reader

_CELL_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-([0-9]{2})(?:T[0-9:]+)?").fullmatch
_DAYS_LIKE_MONTHS: Final = 12
_read_iso: Final = time_reader("iso")


def with_cell_dates(read: TimeReader) -> TimeReader:
    """Return what reads dates of a workbook: those that it keeps as dates, and texts as ``read`` does."""

    def read_either(text: str) -> datetime:
        return _read_iso(text) if _CELL_DATE(text) else read(text)

    return read_either


def check_cell_dates(dates: Sequence[tuple[int, str]]) -> None:
    """Raise DateFormatError where the dates of a workbook, each with its line, show that some may have been swapped.

    They do where no date has a day above 12, and each text has one.
    """
    kept = [(line, int(match[1])) for line, text in dates if (match := _CELL_DATE(text))]
    texts = [(line, text) for line, text in dates if not _CELL_DATE(text) and reads_as_date(text)]
    are_proofs = all(is_proof_against(text, "day-first") or is_proof_against(text, "month-first") for _, text in texts)
    if not kept or not texts or not are_proofs or max(day for _, day in kept) > _DAYS_LIKE_MONTHS:
        return
    order = "day-first" if reads_as(texts[0][1], "day-first") else "month-first"
    raise DateFormatError(
        f"line {texts[0][0]} holds a text that is a date {order} only, and line {kept[0][0]} a date: the spreadsheet "
        "program may have swapped day and month where it could; import the bank's own file instead"
    )
