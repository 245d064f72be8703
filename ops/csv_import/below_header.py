"""Below header: the rows of a table without repeats of its header and without those that the user leaves out."""

from collections.abc import Iterable, Iterator

from ops.csv_import.cells import Cells, RefusedRow
from ops.csv_import.layout import Layout
from ops.csv_import.row_filter import RowFilter


def below_header(
    rows: Iterator[Cells | RefusedRow], layout: Layout, left_out: RowFilter
) -> Iterator[Cells | RefusedRow]:
    """Yield the rows below the header without those that the user leaves out.

    Repeats of the header are none either: exports that were put behind each other have them. Raises CsvSourceError for
    a second header whose columns stand elsewhere.
    """
    if layout.header:  # formats of banks have theirs on line 0
        for row in rows:
            if row.line >= layout.header_line:
                break
    yield from without_repeats(rows, layout, left_out)


def without_repeats(
    rows: Iterable[Cells | RefusedRow], layout: Layout, left_out: RowFilter
) -> Iterator[Cells | RefusedRow]:
    """Yield rows but for repeats of the header and what the user's filters drop."""
    at = layout.places["occurred_at"]
    name = layout.header[at] if layout.header else None
    has_filters = bool(left_out.conditions)
    for row in rows:
        if isinstance(row, Cells):
            cells = row.cells
            # A cell that begins with a letter where the date belongs may be the name of the column.
            if at < len(cells) and ((cell := cells[at])[:1].isalpha() or cell == name) and layout.is_repeated(row):
                continue
            if has_filters and left_out.drops(cells):
                continue
        yield row
