"""Workbook: a sheet of an XLSX file as rows of cells.

A number lies in the file as a binary double. Its decimal is the one of 15 significant digits, which is what spreadsheet
programs show and keep: 4.2000000000000002 is 4.2.
"""

import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException

from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow
from ops.csv_import.money_words import MARKS

MOST_UNPACKED: Final = 512 << 20
MOST_RATIO: Final = 200  # a sheet of real rows shrinks to a tenth
MOST_FILES: Final = 1_000
MOST_ROWS: Final = 1 << 20  # as the format has it
MOST_COLUMNS: Final = 256
MOST_EXACT: Final = 10**15
_SHOWN_CURRENCY: Final = re.compile(r"\[\$([^\]-]+)[^\]]*\]|\"([^\"]{1,5})\"|\\?([$€£¥₹])").search
_ADVICE: Final = "open it in a spreadsheet program and save it again, or as CSV"


def read_workbook(stream: BinaryIO, name: str, *, sheet: str | None) -> Iterator[Cells | RefusedRow]:
    """Yield the rows of the sheet that was named, else of the only one that holds any; empty rows are left out.

    A formula or an error in a cell is a fault of the cell. Raises CsvSourceError for a file that is no workbook,
    unpacks to more than 512 MiB or 200 times its size, or declares XML entities, and where several sheets hold rows and
    none is named.
    """
    _check_size(stream, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        workbook = _guarded(name, lambda: openpyxl.load_workbook(stream, read_only=True, keep_links=False))
        with closing(workbook):
            yield from _rows(_choose(workbook, name, sheet), name)


def _check_size(stream: BinaryIO, name: str) -> None:
    """Refuse a bomb before anything is unpacked; a zip never gives more bytes of a file than its list says."""
    size = stream.seek(0, 2)
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            files = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, UnicodeDecodeError):
        raise CsvSourceError(f"{name} is a workbook, but cut short or broken: fetch it again") from None
    unpacked = sum(file.file_size for file in files)
    if any(file.flag_bits & 1 for file in files):
        raise CsvSourceError(f"{name} is locked by a password: save it without one")
    if unpacked > MOST_UNPACKED or unpacked > size * MOST_RATIO or len(files) > MOST_FILES:
        raise CsvSourceError(
            f"{name} unpacks from {size:,} to {unpacked:,} bytes: this is no workbook of a bank; save its sheet as CSV"
        )
    stream.seek(0)


def _choose(workbook: Any, name: str, sheet: str | None) -> Any:
    names = [one.title for one in workbook.worksheets]
    if sheet is not None:
        found = [one for one in workbook.worksheets if one.title.casefold() == sheet.strip().casefold()]
        if not found:
            raise CsvSourceError(f"{name} has no sheet {sheet!r}: there are {', '.join(map(repr, names))}")
        return found[0]
    filled = [one for one in workbook.worksheets if next(_rows(one, name), None) is not None]
    if not filled:
        raise CsvSourceError(f"{name} is empty: no sheet holds a row")
    if len(filled) > 1:
        listed = ", ".join(repr(one.title) for one in filled)
        raise CsvSourceError(f"{name} has rows on several sheets: give --sheet with one of {listed}")
    return filled[0]


def _rows(sheet: Any, name: str) -> Iterator[Cells | RefusedRow]:
    rows = _guarded(name, lambda: iter(sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS)))
    number, blank = 0, None
    while (row := _guarded(name, lambda: next(rows, None))) is not None:
        number += 1
        if row is blank:  # the library gives one tuple for every row that the file leaves out, be it a million times
            continue
        cells: list[str] = []
        faults: dict[int | None, str] = {}
        for place, cell in enumerate(row):
            if cell.value is None:
                cells.append("")
                continue
            text, fault = _text(cell)
            cells.append(text)
            if fault:
                faults[place] = fault
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield Cells(number, cells, number, 0, faults)
        else:
            blank = row


def _text(cell: Any) -> tuple[str, str | None]:
    """Return the text of a cell, and why it cannot be used."""
    value = cell.value
    if cell.data_type == "f":
        return str(value)[:64] or "=", "is a formula: copy the column and paste it as values"
    if cell.data_type == "e":
        return str(value), f"is an error of the spreadsheet ({str(value)[:16]}): mend the cell"
    if isinstance(value, bool):
        return str(value).upper(), None
    if isinstance(value, int | float):
        if abs(value) >= MOST_EXACT:
            return (
                f"{value:.0f}",
                "is a number of more than 15 digits, which spreadsheets round: take the bank's own file",
            )
        return _decimal(value) + _currency(str(cell.number_format)), None
    if isinstance(value, datetime):
        at_midnight = value.time() == time()
        return value.date().isoformat() if at_midnight else value.isoformat(timespec="seconds"), None
    if isinstance(value, date | time):
        return value.isoformat(), None
    return str(value), None


def _currency(number_format: str) -> str:
    """Return the currency that a cell shows beside its number, behind a blank; it is part of the format only."""
    if number_format == "General":
        return ""
    found = _SHOWN_CURRENCY(number_format)
    mark = next((part.strip() for part in found.groups() if part), "") if found else ""
    return f" {mark}" if mark.upper() in MARKS else ""


def _decimal(value: float) -> str:
    """Return a number to 15 significant digits, never with exactly three decimals, which could pass for thousands."""
    text = f"{Decimal(f'{value:.15g}'):f}"
    units, point, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    if not decimals:
        return units
    return f"{units}{point}{decimals}0" if len(decimals) == 3 else f"{units}{point}{decimals}"


def _guarded(name: str, act: Callable[[], Any]) -> Any:
    """Return what ``act`` returns; raises CsvSourceError where the library cannot read the file, whatever it raises."""
    try:
        return act()
    except CsvSourceError:
        raise
    except (
        Exception
    ) as error:  # a foreign file, a foreign library: any error of it means that the file is not as agreed
        causes = (error, error.__cause__)  # the library wraps what its parser raises
        if any(isinstance(cause, DefusedXmlException) for cause in causes):
            said = "declares XML entities, which no workbook needs"
        elif any(isinstance(cause, ParseError | zipfile.BadZipFile) for cause in causes):
            said = "is a workbook, but cut short or broken"
        else:
            said = f"is no workbook that can be read ({type(error).__name__})"
        raise CsvSourceError(f"{name} {said}: {_ADVICE}") from None
