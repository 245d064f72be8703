"""Feedback of a file: rows by the names of the contract, each as feedback or the reason why it is none."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ops.csv_import.cells import CsvSourceError, RefusedRow
from ops.csv_import.file import read_cells
from ops.kafka.feedback import FIELDS, make_feedback
from schemas.events.feedback import Feedback

NEEDED: Final = ("action", "user_id", "txn_id", "category")
KNOWN: Final = (*FIELDS, "feedback_id")


def read_feedback(path: Path, *, now: datetime) -> Iterator[Feedback | RefusedRow]:
    """Yield each row in the file's order; raises CsvSourceError where it cannot be read or its columns are wrong.

    A row says when it was given, or has an id: else sending the file again would be other feedback.
    """
    rows = read_cells(path, encoding="utf-8-sig", delimiter=",")
    header = next(rows, None)
    names = [] if header is None or isinstance(header, RefusedRow) else [cell.strip().lower() for cell in header.cells]
    missing, unknown = [name for name in NEEDED if name not in names], [name for name in names if name not in KNOWN]
    if missing or unknown:
        wrong = f"lacks {', '.join(missing)}" if missing else f"has unknown columns: {', '.join(unknown)}"
        raise CsvSourceError(f"{path.name}: the first line {wrong}; known are {', '.join(KNOWN)}")
    for row in rows:
        if isinstance(row, RefusedRow):
            yield row
        elif len(row.cells) != len(names):
            yield RefusedRow(row.line, f"{len(row.cells)} cells, the first line has {len(names)}")
        else:
            yield _feedback(row.line, dict(zip(names, (cell.strip() for cell in row.cells), strict=True)), now=now)


def _feedback(line: int, cells: dict[str, str], *, now: datetime) -> Feedback | RefusedRow:
    written = cells.get("given_at")
    if not written and not cells.get("feedback_id"):
        return RefusedRow(line, "given_at or feedback_id: one is needed, so that the file can be sent again")
    try:
        given_at = datetime.fromisoformat(written) if written else now
    except ValueError:
        return RefusedRow(line, "given_at: is no time such as 2016-03-01T12:00Z")
    made = make_feedback(cells, given_at=given_at if given_at.tzinfo else given_at.replace(tzinfo=UTC))
    return RefusedRow(line, made) if isinstance(made, str) else made
