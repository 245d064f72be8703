"""Table: any file as rows of cells, whatever format it is in, and which options of text tables it leaves open."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from ops.csv_import.amount import DecimalMark
from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow
from ops.csv_import.columns import CsvMap
from ops.csv_import.encoding import is_codec
from ops.csv_import.file import read_cells
from ops.csv_import.file_bytes import ReadPosition, open_bytes
from ops.csv_import.formats.camt import read_camt
from ops.csv_import.formats.json_lines import read_json_lines
from ops.csv_import.formats.mt940 import read_mt940
from ops.csv_import.formats.ofx import ofx_encoding, read_ofx
from ops.csv_import.formats.plug_ins import load_reader, read_rows
from ops.csv_import.kinds import Kind, kind_of
from ops.csv_import.text_lines import file_encoding, read_lines

OWN_HEADER: Final = frozenset({Kind.OFX_SGML, Kind.OFX_XML, Kind.CAMT, Kind.MT940, Kind.JSON_LINES, Kind.PLUG_IN})
_OWN_DECIMAL: Final = frozenset({Kind.CAMT, Kind.MT940, Kind.JSON_LINES, Kind.PLUG_IN})
Rows = Iterator[Cells | RefusedRow]


@dataclass(frozen=True, slots=True)
class FileTable:
    """A file whose format is known; ``read`` gives its rows from the first one, by the delimiter of a text table.

    ``share_read`` says how much of the file the reading that began last has read, None where that is unknown.
    A format of banks has names of its own for its columns: they stand on line 0.
    """

    path: Path
    kind: Kind
    encoding: str
    read: Callable[[str], Rows]
    share_read: Callable[[], float | None]

    @property
    def has_own_header(self) -> bool:
        """Whether the format itself names the columns."""
        return self.kind in OWN_HEADER

    @property
    def decimal(self) -> DecimalMark | None:
        """The decimal mark that the format prescribes, None where the amounts show it."""
        return DecimalMark.POINT if self.kind in _OWN_DECIMAL else None


@dataclass(frozen=True, slots=True)
class TableOptions:
    """The options of a text table or workbook that a user gave; what is None or as by default was not given."""

    encoding: str = "utf-8"
    sheet: str | None = None
    reader: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    has_header: bool = True
    date_format: str = "iso"
    decimal: DecimalMark | None = None


def open_table(path: Path, columns: CsvMap, asked: TableOptions) -> FileTable:
    """Return the table that a file is; nothing but its first bytes is read, and all of OFX 1 to find its encoding.

    Raises CsvSourceError for a file that cannot be read and for an option that its format has no use for.
    """
    if not is_codec(asked.encoding):
        raise CsvSourceError(f"there is no encoding {asked.encoding!r}: give utf-8, cp1252, cp1250 or another")
    with open_bytes(path) as stream:
        kind = kind_of(stream) if asked.reader is None else Kind.PLUG_IN
        encoding = ofx_encoding(stream, asked.encoding) if kind is Kind.OFX_SGML else "its own"
    _check_options(path.name, kind, asked)
    position = ReadPosition()
    if kind in {Kind.TEXT, Kind.MT940}:
        encoding = file_encoding(path, asked.encoding)
    return FileTable(path, kind, encoding, _reader(path, kind, encoding, columns, asked, position), position.share)


def _reader(
    path: Path, kind: Kind, encoding: str, columns: CsvMap, asked: TableOptions, position: ReadPosition
) -> Callable[[str], Rows]:
    """Return what reads a file of a kind from its beginning."""
    name = path.name
    match kind:
        case Kind.TEXT:
            return lambda mark: read_cells(path, encoding=asked.encoding, delimiter=mark, position=position)
        case Kind.MT940:
            return lambda _: read_mt940(read_lines(path, encoding=asked.encoding, position=position), name)
        case Kind.OFX_SGML | Kind.OFX_XML:
            codec = encoding if kind is Kind.OFX_SGML else None
            is_signed = not columns.columns.get("direction")
            return _streamed(path, position, lambda stream: read_ofx(stream, name, encoding=codec, is_signed=is_signed))
        case Kind.CAMT:
            return _streamed(path, position, lambda stream: read_camt(stream, name))
        case Kind.JSON_LINES:
            return _streamed(path, position, lambda stream: read_json_lines(stream, name))
        case Kind.PLUG_IN:
            reader = asked.reader or ""
            read = load_reader(reader)
            return lambda _: read_rows(read, path, name=reader)
        case Kind.WORKBOOK:
            from ops.csv_import.formats.workbook import read_workbook  # noqa: PLC0415 - other formats need no workbooks

            # A workbook is read here and there: its position says nothing.
            return _streamed(path, None, lambda stream: read_workbook(stream, name, sheet=asked.sheet))


def _streamed(path: Path, position: ReadPosition | None, read: Callable[[BinaryIO], Rows]) -> Callable[[str], Rows]:
    def rows(_: str) -> Rows:
        with open_bytes(path, position) as stream:
            yield from read(stream)

    return rows


def _check_options(name: str, kind: Kind, asked: TableOptions) -> None:
    """Refuse what a format has no use for: it may have been meant for another file."""
    given = {
        "--delimiter": asked.delimiter is not None and kind is not Kind.TEXT,
        "--header-line": asked.header_line is not None and kind in OWN_HEADER,
        "--no-header": not asked.has_header and kind in OWN_HEADER,
        "--date-format": asked.date_format != "iso" and kind in OWN_HEADER,
        "--decimal": asked.decimal is not None and kind in _OWN_DECIMAL,
        "--sheet": asked.sheet is not None and kind is not Kind.WORKBOOK,
    }
    useless = [option for option, is_useless in given.items() if is_useless]
    if useless:
        raise CsvSourceError(f"{name} is {kind}, which has no use for {' and '.join(useless)}: leave it out")
