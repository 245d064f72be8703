"""``ledgermind validate``: tells a producer what would happen to each line of a file."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from ops.atomic_file import STANDARD, read_bytes
from ops.cli import csv_options
from ops.csv_import.cells import RefusedRow
from ops.csv_import.columns import CsvMap
from ops.csv_import.kinds import Kind, kind_of
from ops.csv_import.source import CsvFormat, read_csv
from ops.errors import OpsError
from ops.kafka.validate import judge_lines
from streams.mapping_settings import MappingSettings
from streams.settings import read

_TABLES: Final = {".csv", ".tsv", ".txt"}


class ValidateOptionError(OpsError):
    """Options that are not for this kind of file."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What becomes of one record or row; a reason of None means that it is accepted."""

    line: int
    number: int
    outcome: str
    reason: str | None
    detail: str | None


@csv_options.with_csv_options
def validate(
    *,
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON lines, or any file that import reads, also .gz; - reads JSON lines from standard input."
        ),
    ],
    reading: csv_options.Reading,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only refused lines.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object per line, the summary last.")] = False,
) -> None:
    """Check each line of a file as a worker would: accepted, or the reason of its dead letter.

    A table or a bank's file is checked row by row as import reads it. Blank lines are skipped.

    Example: ledgermind validate transactions.jsonl

    Exit codes: 0 every line is accepted, 1 a line is refused, 2 the file cannot be read.
    """
    reasons: Counter[str] = Counter()
    accepted = 0
    is_table = reading.written.reader is not None or _is_table(file)
    if not is_table and (mapping := read(MappingSettings).mapping):
        raise ValidateOptionError(
            f"LEDGERMIND_MAPPING is {mapping}, so workers read other records than Transactions: "
            f"ledgermind mapping check {mapping} --records {file} says what becomes of them"
        )
    if not is_table and reading != csv_options.Reading(CsvMap.parse(""), CsvFormat()):
        raise ValidateOptionError(f"{file.name} is lines of JSON, checked as they are: leave the options of import out")
    for one in _rows(file, reading) if is_table else _records(file):
        if one.reason is None:
            accepted += 1
        else:
            reasons[one.reason] += 1
        if one.reason is not None or not quiet:
            typer.echo(_line(one, as_json=as_json))
    refused = sum(reasons.values())
    what = "rows refused" if is_table else "dead letters"
    if as_json:
        typer.echo(msgspec.json.encode({"accepted": accepted, what.replace(" ", "_"): dict(sorted(reasons.items()))}))
    else:
        typer.echo(f"{accepted:,} accepted, {refused:,} {what}")
        for reason, count in reasons.most_common():
            typer.echo(f"  {count:>8,}  {reason}")
    raise typer.Exit(1 if refused else 0)


def _is_table(file: Path) -> bool:
    """Return whether a file is read as import reads it: a format of banks, or text whose name says a table."""
    if file == STANDARD:
        return False
    with read_bytes(file) as stream:
        kind = kind_of(stream)
    if kind is Kind.TEXT:
        return Path(file.name.removesuffix(".gz")).suffix.lower() in _TABLES
    return kind is not Kind.JSON_LINES


def _records(file: Path) -> Iterator[_Outcome]:
    with read_bytes(file) as lines:
        for verdict in judge_lines(lines):
            fault = verdict.fault
            if fault is None:
                yield _Outcome(verdict.line, 0, "accepted", None, None)
            else:
                yield _Outcome(verdict.line, 0, "dead_letter", fault.reason.value, fault.detail)


def _rows(file: Path, reading: csv_options.Reading) -> Iterator[_Outcome]:
    for row in read_csv(file, reading.columns, reading.written):
        if isinstance(row, RefusedRow):
            yield _Outcome(row.line, row.number, "refused", row.reason, row.reason)
        else:
            yield _Outcome(row.line, row.number, "accepted", None, None)


def _line(one: _Outcome, *, as_json: bool) -> str:
    if as_json:
        outcome: dict[str, object] = {"line": one.line, "outcome": one.outcome}
        if one.number:
            outcome["transaction"] = one.number
        if one.outcome == "dead_letter":
            outcome["reason"] = one.reason
        if one.reason is not None:
            outcome["detail"] = one.detail
        return msgspec.json.encode(outcome).decode()
    if one.outcome == "dead_letter":
        return f"{one.line}: dead letter {one.reason} ({one.detail})"
    place = f"{one.line}, transaction {one.number:,}" if one.number else str(one.line)
    return f"{place}: {one.outcome}" + ("" if one.detail is None else f" ({one.detail})")


app = typer.Typer(add_completion=False)
app.command()(validate)
