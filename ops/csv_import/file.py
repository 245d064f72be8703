"""CSV file: the bytes of a plain or gzipped file as numbered rows of cells, one at a time."""

import csv
import gzip
import io
import os
import re
import zlib
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, cast

from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow
from ops.csv_import.encoding import WRONG_CODEC, advise, marked, reads_as_utf8
from ops.csv_import.kinds import HEAD_BYTES, foreign_kind, unmarked_utf16

DELIMITERS: Final = (",", ";", "\t", "|")
MAX_LINE: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
_ADVICE_BYTES: Final = 1 << 16
_SEPARATOR_LINE: Final = re.compile(r'"?sep=([^\w\s"]|\t| )"?\s*', re.IGNORECASE).fullmatch


class ReadPosition:
    """How far the file that was opened last is read, gzip by its packed bytes."""

    def __init__(self) -> None:
        self._stream: BinaryIO | None = None
        self._size = 0

    def watch(self, stream: BinaryIO) -> None:
        """Follow an open file."""
        self._stream, self._size = stream, os.fstat(stream.fileno()).st_size

    def share(self) -> float | None:
        """Return the share that was read, None before the first byte or once the file is closed."""
        if self._stream is None or self._stream.closed or not self._size:
            return None
        return min(self._stream.tell() / self._size, 1.0)


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

        lines = resources.enter_context(closing(_lines(stream, path, encoding)))
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


def read_first_line(path: Path, *, encoding: str) -> str:
    """Return the first line of a file, empty where there is none; raises CsvSourceError."""
    with open_bytes(path) as stream:
        return next(_lines(stream, path, encoding), "")


def read_lines(path: Path, *, encoding: str, position: ReadPosition | None = None) -> Iterator[str]:
    """Yield the lines of a text file with their ends; raises CsvSourceError where it is not in ``encoding``."""
    with open_bytes(path, position) as stream:
        yield from _lines(stream, path, encoding)


def file_encoding(path: Path, given: str) -> str:
    """Return the encoding that a file is read in: that of its mark, else the one that was given."""
    with open_bytes(path) as stream:
        return marked(stream.read(HEAD_BYTES)) or given


def fingerprint(path: Path) -> str:
    """Return the first 12 hex digits of the SHA-256 of what the file holds, unpacked."""
    digest = sha256()
    with open_bytes(path) as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:12]


def is_packed(path: Path) -> bool:
    """Whether the first bytes of a file say gzip."""
    with path.open("rb") as raw:
        return raw.read(2) == _GZIP


@contextmanager
def open_bytes(path: Path, position: ReadPosition | None = None) -> Iterator[BinaryIO]:
    """Open a file, unpacking it where its first bytes say gzip, whatever its name says; raises CsvSourceError."""
    try:
        with path.open("rb") as raw:
            if position is not None:
                position.watch(raw)
            is_packed = raw.read(2) == _GZIP
            raw.seek(0)
            if not is_packed:
                yield raw
                return
            with gzip.open(raw) as unpacked:
                yield cast(BinaryIO, unpacked)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise CsvSourceError(f"{path.name} is gzip, but cut short or broken: fetch it again") from None
    except OSError as error:
        raise CsvSourceError(f"cannot read {path}: {(error.strerror or 'not a file').lower()}") from None


def _lines(stream: BinaryIO, path: Path, encoding: str) -> Generator[str, None, None]:
    """Yield decoded lines with their ends; a wrong byte is named by its line."""
    foreign = foreign_kind(stream)
    if foreign is not None:
        raise CsvSourceError(f"{path.name} is {foreign}")
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    codec = marked(head) or encoding
    if codec.startswith("utf-8") and (wide := unmarked_utf16(head)):
        raise CsvSourceError(f"{path.name} is UTF-16 without a mark: give --encoding {wide}")
    is_one_byte = not codec.lower().replace("_", "-").startswith("utf")
    if is_one_byte and reads_as_utf8(stream):
        raise CsvSourceError(f"{path.name} is utf-8, not {codec}: leave --encoding out")
    text = io.TextIOWrapper(stream, encoding=codec, newline="")
    number = 0
    try:
        while line := text.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise CsvSourceError(f"{path.name}: line {number} is over a megabyte: this is not a CSV file")
            if is_one_byte and not line.isascii() and WRONG_CODEC(line):
                raise CsvSourceError(f"{path.name}: line {number} is not {codec}{_advice(path, number)}")
            yield line
    except UnicodeError:
        number = _line_of_wrong_byte(path, codec)
        raise CsvSourceError(f"{path.name}: line {number} is not {codec}{_advice(path, number)}") from None
    finally:
        text.detach()


def _line_of_wrong_byte(path: Path, codec: str) -> int:
    """Return the line of the first byte that ``codec`` cannot read."""
    number = 0
    with open_bytes(path) as stream:
        text = io.TextIOWrapper(stream, encoding=codec, newline="", errors="surrogateescape")
        try:
            for number, line in enumerate(text, 1):
                if any("\udc80" <= character <= "\udcff" for character in line):
                    return number
        except UnicodeError:
            return number + 1
        finally:
            text.detach()
    return 1


def _advice(path: Path, line: int) -> str:
    """Return which encoding reads the file from the line that another did not."""
    with open_bytes(path) as stream:
        for _ in range(line - 1):
            stream.readline(MAX_LINE)
        sample = stream.read(_ADVICE_BYTES)
        stream.seek(0)
        better = advise(sample or stream.read(_ADVICE_BYTES))
    return f": give --encoding {better}" if better else ": save it as UTF-8 in the program that wrote it"


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
