"""Refused rows: printed by cause, each with its first line and how many more there are."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
import typer

from ops.csv_import.file import RefusedRow

SHOWN_CAUSES: Final = 20


def show_refused(refused: Sequence[RefusedRow], *, as_json: bool) -> None:
    """Print refused rows on standard error: their causes for people, every row as JSON."""
    if as_json:
        for row in refused:
            typer.echo(msgspec.json.encode({"line": row.line, "refused": row.reason}), err=True)
        return
    for line in by_cause(refused):
        typer.echo(line, err=True)


def by_cause(refused: Iterable[RefusedRow]) -> Iterator[str]:
    """Yield one line for each cause in the file's order, for the first 20 causes."""
    lines: dict[str, list[int]] = {}
    for row in refused:
        lines.setdefault(row.reason, []).append(row.line)
    for reason, found in list(lines.items())[:SHOWN_CAUSES]:
        more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
        yield f"line {found[0]}{more}: {reason}"
    if len(lines) > SHOWN_CAUSES:
        yield f"… and {len(lines) - SHOWN_CAUSES:,} more causes; --json names every row"
