"""Layout: where the table of a file begins, what parts its cells, and which column holds which field."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ops.csv_import.amount import AmountError, DecimalMark, read_amount
from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow
from ops.csv_import.column_words import propose
from ops.csv_import.columns import REQUIRED, SPLIT, CsvMap, CsvMapError
from ops.csv_import.file import DELIMITERS, separator
from ops.csv_import.kinds import Kind
from ops.csv_import.table import FileTable
from ops.csv_import.text_lines import read_first_line
from ops.csv_import.time import reads_as_date

HEAD_ROWS: Final = 60  # a header further down is named by --header-line


@dataclass(frozen=True, slots=True)
class Layout:
    """The delimiter of a file, its header with the line it stands on, and the index of each field.

    Without a header ``header`` is empty and ``header_line`` 0. ``width`` is the number of its columns.
    """

    delimiter: str
    header: Sequence[str]
    header_line: int
    width: int
    places: Mapping[str, int]

    def is_repeated(self, row: Cells) -> bool:
        """Return whether a row further down names the columns again, whatever its capitals.

        Raises CsvSourceError where they stand elsewhere: from there on the file is another table.
        """
        if not self.header:
            return False
        names = [" ".join(cell.split()).casefold() for cell in row.cells]
        known = {field: " ".join(self.header[place].split()).casefold() for field, place in self.places.items()}
        if known["occurred_at"] not in names or known["description"] not in names:
            return False
        if all(names[place : place + 1] == [known[field]] for field, place in self.places.items()):
            return True
        raise CsvSourceError(
            f"line {row.line} names the columns anew, otherwise than line {self.header_line}: split the file there, "
            "and import both parts"
        )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One line that may be the header, as one delimiter parts it."""

    delimiter: str
    row: Cells

    @property
    def names(self) -> list[str]:
        """The names of the columns; empty cells at the end are none."""
        names = [" ".join(cell.lstrip("\ufeff").split()) for cell in self.row.cells]
        while names and not names[-1]:
            names.pop()
        return names


def find_layout(
    table: FileTable,
    columns: CsvMap,
    *,
    encoding: str,
    delimiter: str | None,
    header_line: int | None,
    has_header: bool,
) -> Layout:
    """Return how a file is laid out: its header is the first line that fits the map, or the line that was named.

    Raises CsvSourceError for a file without such a line and CsvMapError where the map does not fit it.
    """
    path = table.path
    if table.kind is Kind.TEXT:
        named = delimiter or separator(read_first_line(path, encoding=encoding))
        marks: Sequence[str] = (named,) if named else DELIMITERS
    else:
        marks = ("",)
    header_line = 0 if table.has_own_header else header_line
    heads = {mark: _head(table, mark, header_line) for mark in marks}
    if not any(heads.values()):
        raise CsvSourceError(f"{path.name} is empty: its first line must name the columns")
    if not has_header:
        return _without_header(heads, columns)
    candidates = [_Candidate(mark, row) for mark, head in heads.items() for row in head if isinstance(row, Cells)]
    if header_line is not None:
        candidates = [candidate for candidate in candidates if candidate.row.line == header_line]
        if not candidates:
            raise CsvSourceError(f"{path.name}: no row begins on line {header_line}: give another --header-line")
    if not candidates:
        raise CsvSourceError(f"{path.name}: no line can be read as a row: give --delimiter, or close its quotes")
    candidates.sort(key=lambda candidate: candidate.row.line)  # stable: the order of the delimiters among equals
    for candidate in candidates:
        try:
            places = columns.places(candidate.names)
        except CsvMapError:
            continue
        layout = Layout(candidate.delimiter, candidate.names, candidate.row.line, len(candidate.names), places)
        above = heads[candidate.delimiter] if header_line is None else [candidate.row]
        _check_above(layout, candidate.row, above)
        return layout
    best = max(candidates, key=lambda candidate: _likeness(candidate, columns))
    if _holds_values(best.row.cells):
        raise CsvSourceError(
            f"{path.name}: line {best.row.line} holds values, not names of columns: give --no-header and the columns "
            f"by number, as in --map {_by_number(best.row.cells)}"
        )
    columns.places(best.names)  # raises what is wrong with the likeliest line
    raise CsvSourceError(f"{path.name}: no line names the columns")


def _head(table: FileTable, delimiter: str, header_line: int | None) -> list[Cells | RefusedRow]:
    count = max(HEAD_ROWS, header_line or 0)
    return list(islice(table.read(delimiter), 1 if table.has_own_header else count))


def _without_header(heads: Mapping[str, Sequence[Cells | RefusedRow]], columns: CsvMap) -> Layout:
    """Return the layout of a file whose columns have numbers: as wide as most of its rows."""
    widths = {
        mark: Counter(len(row.cells) for row in head if isinstance(row, Cells)).most_common(1)[0][0]
        for mark, head in heads.items()
        if any(isinstance(row, Cells) for row in head)
    }
    if not widths:
        raise CsvSourceError("no row of the file can be read: give --delimiter")
    mark = max(widths, key=lambda mark: widths[mark])
    return Layout(mark, (), 0, widths[mark], columns.numbered(widths[mark]))


def _check_above(layout: Layout, header: Cells, head: Sequence[Cells | RefusedRow]) -> None:
    """Refuse a header that is a row itself, and one below rows that would be lost."""
    for row in head:
        if isinstance(row, Cells) and row.line <= header.line and _reads_as_row(layout.places, row.cells):
            what = "holds values, not names of columns" if row is header else "is a row above the names of the columns"
            remedy = "give --no-header and the columns by number, or --header-line"
            raise CsvSourceError(f"line {row.line} {what}: {remedy}")


def _reads_as_row(places: Mapping[str, int], cells: Sequence[str]) -> bool:
    amounts = [places[field] for field in ("amount", *SPLIT) if field in places]
    if max([places["occurred_at"], *amounts]) >= len(cells):
        return False
    return reads_as_date(cells[places["occurred_at"]]) and any(reads_as_amount(cells[place]) for place in amounts)


def _likeness(candidate: _Candidate, columns: CsvMap) -> tuple[int, int, int]:
    """Order lines by how many columns they name by the map or by usual words, then by width, then from the top."""
    names = {name.casefold() for name in candidate.names}
    found = sum(column.casefold() in names for column in columns.columns.values() if column)
    found += sum(propose(field, candidate.names) is not None for field in REQUIRED)
    return found, len(candidate.names), -candidate.row.line


def _holds_values(cells: Sequence[str]) -> bool:
    return any(map(reads_as_date, cells)) and any(reads_as_amount(cell) for cell in cells if not reads_as_date(cell))


def _by_number(cells: Sequence[str]) -> str:
    """Return a map by number: the first date, the first amount, the longest other text."""
    dates = [place for place, cell in enumerate(cells) if reads_as_date(cell)]
    amounts = [place for place, cell in enumerate(cells) if place not in dates and reads_as_amount(cell)]
    rest = [place for place in range(len(cells)) if place not in dates and place not in amounts]
    text = max(rest, key=lambda place: len(cells[place]), default=None)
    return f"occurred_at={dates[0] + 1},amount={amounts[0] + 1},description={'N' if text is None else text + 1}"


def reads_as_amount(cell: str) -> bool:
    """Return whether a cell is a number under either decimal mark."""
    for mark in DecimalMark:
        try:
            read_amount(cell, mark)
        except AmountError:
            continue
        return True
    return False
