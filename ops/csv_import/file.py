"""CSV file: the bytes of a plain or gzipped file as numbered rows of cells, one at a time."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final, cast

from ops.csv_import.columns import CsvMap, CsvMapError
from ops.errors import OpsError

ENCODINGS: Final = ("utf-8", "utf-8-sig", "latin-1")
DELIMITERS: Final = (",", ";", "\t", "|")
MAX_LINE_BYTES: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


class CsvSourceError(OpsError):
    """The file cannot be read to its end."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one row and the line it starts on."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One row that is no transaction, by the line it starts on; the reason never holds a value."""

    line: int
    reason: str


def read_cells(path: Path, *, encoding: str, delimiter: str) -> Iterator[Cells | RefusedRow]:
    """Yield the rows of a file, blank lines left out; lines count from 1.

    Raises CsvSourceError for a file that is missing, cut short, or not written in ``encoding``.
    """
    with _open(path) as stream:
        reader = csv.reader(_lines(stream, path, encoding), delimiter=delimiter)
        line = 1
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield RefusedRow(line, f"is not CSV ({error}); a quote may not be closed")
                cells = []
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield Cells(line, cells)
            line = reader.line_num + 1


def sniff_delimiter(path: Path, *, encoding: str, columns: CsvMap) -> str:
    """Return the delimiter that fits the map, else the one that makes the most columns of the first line."""
    headers = {
        delimiter: next(read_cells(path, encoding=encoding, delimiter=delimiter), None) for delimiter in DELIMITERS
    }
    widths = {delimiter: len(row.cells) if isinstance(row, Cells) else 0 for delimiter, row in headers.items()}
    if not any(widths.values()):
        raise CsvSourceError(f"{path.name} is empty: its first line must name the columns")
    for delimiter, row in headers.items():
        if isinstance(row, Cells) and _fits(columns, row.cells):
            return delimiter
    return max(widths, key=lambda delimiter: widths[delimiter])


def fingerprint(path: Path) -> str:
    """Return the first 12 hex digits of the SHA-256 of what the file holds, unpacked."""
    digest = sha256()
    with _open(path) as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:12]


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    """Open a file, unpacking it where its first bytes say gzip, whatever its name says."""
    try:
        with path.open("rb") as raw:
            start = raw.read(2)
            raw.seek(0)
            if start in _UTF16:
                raise CsvSourceError(f"{path.name} is UTF-16: save it as UTF-8 first")
            if start == _GZIP:
                with gzip.open(raw) as unpacked:
                    yield cast(BinaryIO, unpacked)
            else:
                yield raw
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise CsvSourceError(f"{path.name} is gzip, but cut short or broken: fetch it again") from None
    except OSError as error:
        raise CsvSourceError(f"cannot read {path}: {(error.strerror or 'not a file').lower()}") from None


def _lines(stream: BinaryIO, path: Path, encoding: str) -> Iterator[str]:
    """Decode line by line, so that a wrong byte is named by its line."""
    number = 0
    while raw := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(raw) > MAX_LINE_BYTES:
            raise CsvSourceError(f"{path.name}: line {number} is over a megabyte: this is not a CSV file")
        if number == 1 and encoding == "utf-8":
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        try:
            yield raw.decode("utf-8-sig" if number == 1 and encoding == "utf-8-sig" else encoding.removesuffix("-sig"))
        except UnicodeDecodeError:
            raise CsvSourceError(
                f"{path.name}: line {number} is not {encoding}: give --encoding latin-1 if it comes from an old bank"
            ) from None


def _fits(columns: CsvMap, header: list[str]) -> bool:
    try:
        columns.places(header)
    except CsvMapError:
        return False
    return True
