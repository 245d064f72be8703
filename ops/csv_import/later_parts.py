"""Later parts: rows from the middle and the end of a large text file, which a preview reads without what lies between.

A part begins and ends between two lines. It may begin inside a quoted cell that spans lines: rows before the first one
that reads are left out where it comes soon, as they are then halves of cells.
"""

import csv
import io
import mmap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow
from ops.csv_import.encoding import advise
from ops.csv_import.file_bytes import is_packed
from ops.csv_import.row import Row

PART_BYTES: Final = 1 << 18
SOON: Final = 50  # rows
Reads = Callable[[Iterable[Cells]], Iterator[Row | RefusedRow]]


class FilePart(NamedTuple):
    """The bytes of one part of a file, and where it begins."""

    name: str  # middle or end
    start: int
    content: bytes


def read_later_parts(
    path: Path, *, after_line: int, encoding: str, delimiter: str, read: Reads
) -> list[tuple[str, list[Row | RefusedRow]]]:
    """Return the rows of the middle and of the end; none of a packed file, or one whose lines are not found by bytes.

    ``after_line`` is the last line that was read already. Raises CsvSourceError where a part is not in ``encoding``.
    """
    if is_packed(path) or encoding.replace("_", "-").startswith(("utf-16", "utf-32", "utf-7")):
        return []
    return [(part.name, _rows(path, part, encoding, delimiter, read)) for part in _parts(path, after_line)]


def _parts(path: Path, after_line: int) -> Iterator[FilePart]:
    size = path.stat().st_size
    with path.open("rb") as file:
        for _ in range(after_line):
            file.readline()
        end = file.tell()
        for name, wanted in (("middle", (size - PART_BYTES) // 2), ("end", size - PART_BYTES)):
            if end >= size:
                return
            start = max(end, wanted)
            file.seek(start)
            content = file.read(PART_BYTES)
            if start > end:  # a line that began before it
                cut = content.find(b"\n") + 1
                start, content = start + cut, content[cut:]
            if start + len(content) < size:
                content = content[: content.rfind(b"\n") + 1]
            end = start + len(content)
            if content:
                yield FilePart(name, start, content)


def _rows(path: Path, part: FilePart, encoding: str, delimiter: str, read: Reads) -> list[Row | RefusedRow]:
    try:
        text = part.content.decode(encoding)
    except UnicodeDecodeError:
        better = advise(part.content)
        remedy = f"give --encoding {better}" if better else "save it as UTF-8 in the program that wrote it"
        raise CsvSourceError(f"{path.name}: its {part.name} is not {encoding}: {remedy}") from None
    rows = list(read(_cells(text, delimiter)))
    first = next((place for place, row in enumerate(islice(rows, SOON)) if isinstance(row, Row)), 0)
    rows = rows[first:]
    if any(isinstance(row, RefusedRow) for row in rows):
        before = _lines_before(path, part.start)
        rows = [replace(row, line=row.line + before) if isinstance(row, RefusedRow) else row for row in rows]
    return rows


def _cells(text: str, delimiter: str) -> Iterator[Cells]:
    """Yield the rows of a text by its own lines, up to a quote that is not closed in it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            return
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield Cells(line, cells, reader.line_num)
        line = reader.line_num + 1


def _lines_before(path: Path, offset: int) -> int:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        step = 1 << 24
        return sum(content[at : min(at + step, offset)].count(b"\n") for at in range(0, offset, step))
