"""Refused rows: printed by cause, each with its first line and how many more there are."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
import typer

from ops.csv_import.cells import RefusedRow, UnmappedCategory

SHOWN_CAUSES: Final = 20
SHOWN_NAMES: Final = 200


def show_refused(refused: Sequence[RefusedRow], *, as_json: bool) -> None:
    """Print refused rows on standard error: their causes for people, every row as JSON."""
    if as_json:
        for row in refused:
            number = {"transaction": row.number} if row.number else {}
            typer.echo(msgspec.json.encode({"line": row.line, **number, "refused": row.reason}), err=True)
        return
    for line in by_cause(row for row in refused if not isinstance(row, UnmappedCategory)):
        typer.echo(line, err=True)
    for line in unmapped(refused):
        typer.echo(line, err=True)


def unmapped_names(refused: Iterable[RefusedRow]) -> Counter[str]:
    """Return the names of categories without a translation, each with the number of its rows."""
    return Counter(row.category for row in refused if isinstance(row, UnmappedCategory))


def unmapped(refused: Sequence[RefusedRow]) -> Iterator[str]:
    """Yield one line for each category without a translation, and how to give one."""
    names = unmapped_names(refused)
    first = {row.category: row.place for row in reversed(refused) if isinstance(row, UnmappedCategory)}
    for name, count in names.most_common(SHOWN_NAMES):
        rows = f"{count:,} rows, the first on" if count > 1 else "one row, on"
        yield f"category {name!r} is none of ours: {rows} {first[name]}"
    if len(names) > SHOWN_NAMES:
        yield f"… and {len(names) - SHOWN_NAMES:,} more categories; --json names them all"
    if names:
        example = next(iter(names)).replace("'", "''")
        yield f"translate them in a file, a line for each such as '{example}': Shopping, and give --category-map FILE"


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
