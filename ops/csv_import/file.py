"""CSV file: the lines of a file as numbered rows of cells, one at a time."""

import csv
import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import chain
from pathlib import Path
from typing import Final

from ops.csv_import.cells import Cells, RefusedRow
from ops.csv_import.file_bytes import ReadPosition, open_bytes
from ops.csv_import.text_lines import decoded_lines

DELIMITERS: Final = (",", ";", "\t", "|")
_SEPARATOR_LINE: Final = re.compile(r'"?sep=([^\w\s"]|\t| )"?\s*', re.IGNORECASE).fullmatch


def read_cells(
    path: Path, *, encoding: str, delimiter: str, position: ReadPosition | None = None
) -> Iterator[Cells | RefusedRow]:
    """Yield the rows of a file, blank lines left out; lines count from 1 and end with LF, CRLF or CR.

    A first line ``sep=;``, as Excel writes it, is left out. Raises CsvSourceError for a file that is missing, cut
    short, no table in text, or not written in ``encoding``.
    """
    with open_bytes(path, position) as stream, ExitStack() as resources:
        latest = ""

        def noted(lines: Iterator[str]) -> Iterator[str]:
            nonlocal latest
            for latest in lines:  # noqa: UP028 - the line is kept
                yield latest

        lines = resources.enter_context(closing(decoded_lines(stream, path, encoding)))
        first = next(lines, "")
        skipped = 1 if separator(first) else 0
        reader = csv.reader(noted(lines if skipped else chain([first], lines)), delimiter=delimiter, strict=True)
        line = 1 + skipped
        while True:
            try:
                cells = next(reader, None)
                if cells is None:
                    return
            except csv.Error as error:
                ended = reader.line_num + skipped
                is_cut = "unexpected end" in str(error)  # an amount may be cut with it
                loose = _loosely(latest, delimiter) if ended == line and not is_cut else None
                if loose is None:
                    yield RefusedRow(line, _why_no_csv(error, line, ended))
                cells = loose or []
            last = reader.line_num + skipped
            if cells and (cells[0].strip() or any(cell.strip() for cell in cells)):
                yield Cells(line, cells, last)
            line = last + 1


def separator(line: str) -> str | None:
    """Return the delimiter that a line like ``sep=;`` names, or None for any other line."""
    found = _SEPARATOR_LINE(line)
    return found[1] if found else None


def _loosely(line: str, delimiter: str) -> list[str] | None:
    """Return the cells of a line whose quotes are escaped by a backslash or stand inside a quoted cell."""
    if '\\"' in line:
        try:
            return next(csv.reader([line], delimiter=delimiter, strict=True, escapechar="\\"), None)
        except csv.Error:
            pass
    try:
        return next(csv.reader([line], delimiter=delimiter), None)
    except csv.Error:
        return None


def _why_no_csv(error: csv.Error, line: int, ended: int) -> str:
    if "larger than field limit" in str(error):
        return f"is not CSV: a cell is longer than {csv.field_size_limit():,} characters; a quote may not be closed"
    if ended > line:
        return f"is not CSV: a quote opens here and swallows the rows to line {ended}; close it or take it out"
    return "is not CSV: a quote opens here and is not closed; close it or take it out"
