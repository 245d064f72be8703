"""Malformed row: why the cells of a row cannot be what its header says, before any of them is read."""

import csv
from collections.abc import Mapping, Sequence
from typing import Final

from ops.csv_import.cells import Cells
from ops.csv_import.layout import reads_as_amount
from ops.csv_import.sums import SumReader
from ops.csv_import.time import TimeReader

# A row that leaves its last cells out must hold these; the others are empty then.
_NEVER_LEFT_OUT: Final = (
    "occurred_at", "amount", "direction", "description", "currency", "txn_id", "user_id", "account_id",
)  # fmt: skip


def fault_of(row: Cells, places: Mapping[str, int]) -> str | None:
    """Return why the row or a cell that is read cannot be used, None where only other cells have faults."""
    if (whole := row.faults.get(None)) is not None:
        return whole
    return next((f"{name}: {row.faults[place]}" for name, place in places.items() if place in row.faults), None)


def wrong_width(cells: Sequence[str], width: int, places: Mapping[str, int]) -> str | None:
    """Return what is wrong with a row that is shorter or longer than the header, None where nothing is."""
    count = len(cells)
    if count > width:
        is_wrong = any(cell.strip() for cell in cells[width:])
    else:
        needed = [places[name] for name in _NEVER_LEFT_OUT if name in places]
        # A cell left out before the amount would put another number in its place.
        is_wrong = max(needed) >= count or reads_as_amount(cells[places["description"]])
    return f"has {count} cells where the header has {width}" if is_wrong else None


def swallowed_line(
    row: Cells, delimiter: str, places: Mapping[str, int], *, sums: SumReader, read_time: TimeReader
) -> int | None:
    """Return the line within a row of several lines that reads as a row itself, None where there is none."""
    inner = delimiter.join(row.cells).splitlines()[1:]
    for number, line in enumerate(inner, row.line + 1):
        cells = next(csv.reader([line], delimiter=delimiter), [])
        try:
            read_time(cells[places["occurred_at"]])
            sums.read(cells)
        except (ValueError, IndexError, csv.Error):
            continue
        return number
    return None
