"""Hints of a file: rows of user_id, merchant, preference and category, each as a hint or the reason why it is none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ops.csv_import.cells import CsvSourceError, RefusedRow
from ops.csv_import.file import read_cells
from ops.kafka.hints import make_hint
from schemas.events.hint import Hint, Preference
from schemas.events.transaction import MAX_IDENTIFIER
from schemas.taxonomy import Category
from schemas.text.descriptor import key_of_line

COLUMNS: Final = ("user_id", "merchant", "preference", "category")


def read_hints(path: Path) -> Iterator[Hint | RefusedRow]:
    """Yield each row in the file's order; raises CsvSourceError where it cannot be read or lacks a column."""
    rows = read_cells(path, encoding="utf-8-sig", delimiter=",")
    header = next(rows, None)
    names = [] if header is None or isinstance(header, RefusedRow) else [cell.strip().lower() for cell in header.cells]
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        raise CsvSourceError(f"{path.name}: the header lacks {', '.join(missing)}; it must have {', '.join(COLUMNS)}")
    for row in rows:
        if isinstance(row, RefusedRow):
            yield row
        elif len(row.cells) != len(names):
            yield RefusedRow(row.line, f"{len(row.cells)} cells, the first line has {len(names)}")
        else:
            yield _hint(row.line, dict(zip(names, (cell.strip() for cell in row.cells), strict=True)))


def _hint(line: int, cells: dict[str, str]) -> Hint | RefusedRow:
    user_id, key = cells["user_id"], key_of_line(cells["merchant"])
    if not 0 < len(user_id) <= MAX_IDENTIFIER or "\0" in user_id:
        return RefusedRow(line, f"user_id: has 1 to {MAX_IDENTIFIER} characters")
    if not key:
        return RefusedRow(line, "merchant: holds no words")
    if cells["preference"] not in list(Preference):
        return RefusedRow(line, "preference: is always or never")
    if cells["category"] not in list(Category):
        return RefusedRow(line, "category: is none of the taxonomy")
    return make_hint(user_id, key, Preference(cells["preference"]), Category(cells["category"]))
