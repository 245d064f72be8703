"""CSV source: a user's own file as a stream of transactions, each refused row named by line and reason."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Final

from ops.csv_import.amount import DecimalMark, detect_mark
from ops.csv_import.below_header import below_header, without_repeats
from ops.csv_import.cell_dates import check_cell_dates, with_cell_dates
from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow
from ops.csv_import.columns import CsvMap
from ops.csv_import.date_order import advise_format, check_order, current_day
from ops.csv_import.header_currency import header_currency
from ops.csv_import.kinds import Kind
from ops.csv_import.layout import Layout, find_layout
from ops.csv_import.no_transactions import status_places
from ops.csv_import.row import BY_HEADER, Defaults, Row
from ops.csv_import.row_filter import RowFilter
from ops.csv_import.row_reader import RowReader
from ops.csv_import.sums import MONEY_FIELDS, DirectionError, SumReader, outflow_sign, parse_directions
from ops.csv_import.table import FileTable, TableOptions, open_table
from ops.csv_import.time import KEPT_TIMES, reads_as, time_reader
from ops.csv_import.unmapped import check_unmapped

SAMPLE_ROWS: Final = 1_000  # read ahead to find the decimal mark and the order of dates
_TAB: Final = {"tab": "\t", "\\t": "\t"}


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """How a file is written, and what stands in for what it leaves out.

    A delimiter, a decimal mark or a header line of None is found out. ``flip_sign`` is for files where spending is
    positive; ``directions`` are more words for the two directions, ``Borç=out,Alacak=in``; rows of ``skip_where``
    (``Status=PENDING``) are left out, pending ones refused without ``pending``; ``sheet`` is the one of a workbook
    that is read, ``reader`` a plug-in that reads.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    decimal: DecimalMark | None = None
    date_format: str = "iso"
    flip_sign: bool = False
    currency: str | None = None
    user_id: str = "csv-user"
    account_id: str = "csv-account"
    header_line: int | None = None
    has_header: bool = True
    directions: str = ""
    skip_where: tuple[str, ...] = ()
    sheet: str | None = field(default=None, repr=False)  # not told by import ids of before there were workbooks
    reader: str | None = field(default=None, repr=False)  # nor by those of before there were plug-ins
    pending: bool = field(default=False, repr=False)  # nor by those of before it was asked


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose header was read: what was given and found out about it, and its rows, to be read once."""

    written: CsvFormat
    table: FileTable
    layout: Layout
    encoding: str
    decimal: DecimalMark | None
    currency: str | None
    left_out: RowFilter
    rows: Iterator[Row | RefusedRow]
    read_more: Callable[[Iterable[Cells]], Iterator[Row | RefusedRow]]  # cells from further down, as ``rows``


def read_csv(path: Path, columns: CsvMap, written: CsvFormat) -> Iterator[Row | RefusedRow]:
    """Return the rows of ``open_csv``."""
    return open_csv(path, columns, written).rows


def open_csv(path: Path, columns: CsvMap, written: CsvFormat) -> Opened:
    """Return every row of a file in its order, a thousand in memory at the most; gzip is unpacked.

    Lines count from 1; blank lines, lines above the header and repeats of the header are left out. Defaults: ``txn_id``
    from the content of the row (``RowIds``), user and account as in ``written``; currency from the row, else from
    ``written``, else from the header, else from the amount's cell, else from the row's country, else XXX; times without
    an offset are UTC.

    Raises CsvSourceError, CsvMapError, AmbiguousAmountsError, DirectionError or DateFormatError at once where file and
    arguments do not fit; CsvSourceError while reading where the file breaks off, or is proven misread, further down.
    """
    read_time = time_reader(written.date_format)
    directions = parse_directions(written.directions)
    table = open_table(path, columns, _asked(written))
    layout = find_layout(
        table,
        columns,
        encoding=written.encoding,
        delimiter=_delimiter(written),
        header_line=written.header_line,
        has_header=written.has_header,
    )
    if written.flip_sign and ("amount" not in layout.places or "direction" in layout.places):
        raise DirectionError("--flip-sign is for one column of signed amounts: leave it out")
    left_out = RowFilter.parse(written.skip_where, layout)
    rows = below_header(table.read(layout.delimiter), layout, left_out)
    sample = list(islice(rows, SAMPLE_ROWS))
    known = [row for row in sample if isinstance(row, Cells)]
    dates = _column(known, layout.places["occurred_at"])
    if table.kind is Kind.WORKBOOK:
        read_time = with_cell_dates(read_time)
        check_cell_dates(dates)
    today = current_day()
    check_order(dates, written.date_format, today)
    sums = SumReader(
        layout.places, written.decimal or table.decimal or _find_mark(known, layout), written.flip_sign, directions
    )
    defaults = _defaults(written, layout)
    if not table.has_own_header:
        check_unmapped(known, layout, columns, sums, defaults)
    is_negative = outflow_sign(sums, [row.cells for row in known])
    reader = RowReader(
        places=layout.places,
        width=layout.width,
        delimiter=layout.delimiter,
        sums=SumReader(sums.places, sums.decimal, sums.flip_sign, directions, is_negative),
        read_time=lru_cache(KEPT_TIMES)(read_time),
        date_format=written.date_format,
        date_advice=advise_format([text for _, text in dates if not reads_as(text, written.date_format)][:50], today),
        defaults=defaults,
        may_lack_id=table.has_own_header,
        may_hold_others=not table.has_own_header,
        status=() if written.pending else status_places(layout.header, layout.places.values()),
    )

    def read(below: Iterable[Cells | RefusedRow]) -> Iterator[Row | RefusedRow]:
        return (reader.read(row) if isinstance(row, Cells) else row for row in below)

    return Opened(
        written=written,
        table=table,
        layout=layout,
        encoding=table.encoding,
        decimal=sums.decimal,
        currency=reader.defaults.currency,
        left_out=left_out,
        rows=read(chain(sample, rows)),
        read_more=lambda more: read(without_repeats(more, layout, left_out)),
    )


def _asked(written: CsvFormat) -> TableOptions:
    return TableOptions(
        encoding=written.encoding,
        sheet=written.sheet,
        reader=written.reader,
        delimiter=written.delimiter,
        header_line=written.header_line,
        has_header=written.has_header,
        date_format=written.date_format,
        decimal=written.decimal,
    )


def _delimiter(written: CsvFormat) -> str | None:
    delimiter = _TAB.get(written.delimiter or "", written.delimiter)
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise CsvSourceError("a delimiter is one character and no quote: give --delimiter ';', or tab")
    return delimiter


def _defaults(written: CsvFormat, layout: Layout) -> Defaults:
    """Return what stands in for missing columns; raises CsvSourceError where header and options contradict."""
    given = written.currency.strip().upper() if written.currency else None
    named = header_currency(layout, given)
    by = "--currency" if given else BY_HEADER
    return Defaults(given or named, by, written.user_id, written.account_id, is_named=named is not None)


def _column(rows: Sequence[Cells], place: int) -> list[tuple[int, str]]:
    return [(row.line, row.cells[place]) for row in rows if place < len(row.cells)]


def _find_mark(rows: Sequence[Cells], layout: Layout) -> DecimalMark | None:
    places = [layout.places[field] for field in MONEY_FIELDS if field in layout.places]
    return detect_mark(cell for place in places for cell in _column(rows, place))
