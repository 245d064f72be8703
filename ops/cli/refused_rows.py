"""Refused rows: printed by cause, each with its first line and how many more there are."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
import typer

from ops.csv_import.cells import RefusedRow

SHOWN_CAUSES: Final = 20


def show_refused(refused: Sequence[RefusedRow], *, as_json: bool) -> None:
    """Print refused rows on standard error: their causes for people, every row as JSON."""
    if as_json:
        for row in refused:
            number = {"transaction": row.number} if row.number else {}
            typer.echo(msgspec.json.encode({"line": row.line, **number, "refused": row.reason}), err=True)
        return
    for line in by_cause(refused):
        typer.echo(line, err=True)


def by_cause(refused: Iterable[RefusedRow]) -> Iterator[str]:
    """Yield one line for each cause in the file's order, for the first 20 causes."""
    rows: dict[str, list[RefusedRow]] = {}
    for row in refused:
        rows.setdefault(row.reason, []).append(row)
    for reason, found in list(rows.items())[:SHOWN_CAUSES]:
        more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
        yield f"{found[0].place}{more}: {reason}"
    if len(rows) > SHOWN_CAUSES:
        yield f"… and {len(rows) - SHOWN_CAUSES:,} more causes; --json names every row"
