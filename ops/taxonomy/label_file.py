"""Label file: a CSV of labels, with the categories of another taxonomy in their column."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from ops.errors import UsageError


def count_labels(lines: Iterable[str], column: str) -> Counter[str]:
    """Return how often each category stands in a column; raises UsageError where there is no such column."""
    rows = csv.DictReader(lines)
    if column not in (rows.fieldnames or ()):
        named = ", ".join(rows.fieldnames or ()) or "none"
        raise UsageError(f"there is no column {column!r}: name it with --column; the file has {named[:200]}")
    return Counter(row[column].strip() for row in rows if row[column] and row[column].strip())


def mapped_rows(
    lines: Iterable[str], column: str, successors: Mapping[str, str | None]
) -> Iterator[tuple[str | None, ...]]:
    """Yield the header and every row, its category replaced by its successor; by nothing where it has none."""
    rows = csv.reader(lines)
    header = next(rows)
    yield tuple(header)
    place = header.index(column)
    for row in rows:
        if place < len(row) and row[place].strip():
            own = successors[row[place].strip()]
            row[place] = own or ""
        yield tuple(row)
