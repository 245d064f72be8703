"""CSV source: a user's own file as a stream of transactions, each refused row named by line and reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Final

from ops.csv_import.amount import DecimalMark, detect_mark
from ops.csv_import.columns import CsvMap
from ops.csv_import.file import (
    ENCODINGS,
    Cells,
    CsvSourceError,
    RefusedRow,
    fingerprint,
    read_cells,
    sniff_delimiter,
)
from ops.csv_import.row import Defaults, Row, RowReader
from ops.csv_import.time import time_reader

SAMPLE_ROWS: Final = 1_000  # read ahead to find the decimal mark


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """How a file is written, and what stands in for what it leaves out.

    A delimiter or a decimal mark of None is found out. ``flip_sign`` is for files where spending is positive.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    decimal: DecimalMark | None = None
    date_format: str = "iso"
    flip_sign: bool = False
    currency: str | None = None
    user_id: str = "csv-user"
    account_id: str = "csv-account"


def read_csv(path: Path, columns: CsvMap, written: CsvFormat) -> Iterator[Row | RefusedRow]:
    """Return every row of a CSV or gzipped CSV in the file's order, a thousand in memory at the most.

    Lines count from 1, the header included; blank lines are left out. Defaults: ``txn_id`` from the file's
    SHA-256 and the line, user and account as in ``written``; currency from the row, else from ``written``,
    else from the row's country, else XXX; times without an offset are UTC.

    Raises CsvSourceError, CsvMapError, AmbiguousAmountsError or DateFormatError at once where file and
    arguments do not fit; CsvSourceError while reading where the file breaks off further down.
    """
    if written.encoding not in ENCODINGS:
        raise CsvSourceError(f"there is no encoding {written.encoding!r}: give one of {', '.join(ENCODINGS)}")
    if written.delimiter is not None and len(written.delimiter) != 1:
        raise CsvSourceError("a delimiter is one character: give --delimiter ';'")
    read_time = time_reader(written.date_format)
    delimiter = written.delimiter or sniff_delimiter(path, encoding=written.encoding, columns=columns)
    rows = read_cells(path, encoding=written.encoding, delimiter=delimiter)
    header = next(rows, None)
    if not isinstance(header, Cells):
        raise CsvSourceError(f"{path.name} is empty: its first line must name the columns")
    places = columns.places(header.cells)
    sample = list(islice(rows, SAMPLE_ROWS))
    reader = RowReader(
        places=places,
        width=len(header.cells),
        decimal=written.decimal or _find_mark(sample, places["amount"]),
        flip_sign=written.flip_sign,
        read_time=read_time,
        date_format=written.date_format,
        defaults=Defaults(
            currency=written.currency,
            user_id=written.user_id,
            account_id=written.account_id,
            txn_id_prefix="" if "txn_id" in places else fingerprint(path),
        ),
    )
    return (reader.read(row) if isinstance(row, Cells) else row for row in chain(sample, rows))


def _find_mark(sample: Sequence[Cells | RefusedRow], place: int) -> DecimalMark | None:
    return detect_mark(
        (row.line, row.cells[place]) for row in sample if isinstance(row, Cells) and place < len(row.cells)
    )
