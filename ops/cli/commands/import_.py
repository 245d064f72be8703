"""``ledgermind import``: a user's own CSV into the warehouse, all of it or nothing."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from ops.cli import csv_options
from ops.cli.ask_columns import confirmed
from ops.cli.options import postgres_dsn
from ops.cli.profile_options import as_profile
from ops.cli.progress import ProgressLine
from ops.cli.refused_rows import show_refused, unmapped_names
from ops.cli.report import say
from ops.cli.show_preview import show_preview
from ops.csv_import import profile
from ops.csv_import.border import Border
from ops.csv_import.categories import CategoryMap
from ops.csv_import.import_plan import ImportPlan
from ops.csv_import.preview import preview_csv
from ops.errors import OpsError

_UNITS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


class ImportOptionError(OpsError):
    """Options of import that do not go together."""

    exit_code = 2


class LabelDelayError(OpsError):
    """The delay is no duration."""

    exit_code = 2


def parse_delay(text: str) -> timedelta:
    """Read ``7d``, ``12h``, ``30m`` or ``0s``; raises LabelDelayError for anything else."""
    match = re.fullmatch(r"([0-9]{1,6})([dhms])", text.strip())
    if match is None:
        raise LabelDelayError(f"--label-delay: {text!r} is not a duration: write 7d, 12h, 30m or 0s")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


@csv_options.with_csv_options
def import_file(
    *,
    file: csv_options.OptionalFile = None,
    reading: csv_options.Reading,
    category_map: Annotated[
        str,
        typer.Option(help="Categories: Food=Groceries,Misc= (an empty name means no label), or a YAML file of them."),
    ] = "",
    label_delay: Annotated[str, typer.Option(help="Time from a transaction to its label.")] = "7d",
    skip_refused: Annotated[
        bool, typer.Option("--skip-refused", help="Load the other rows if some are refused.")
    ] = False,
    border: Annotated[
        Border | None,
        typer.Option(help="Equal rows on the day where one export ends and the next begins: same or new transactions."),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only show how a sample of the rows would be read, and every doubt.")
    ] = False,
    save_profile: Annotated[
        Path | None, typer.Option(help="File that keeps map, format and categories for --profile.")
    ] = None,
    undo: Annotated[
        str | None, typer.Option(help="Import to take back, by its id; warehouse build then leaves its rows out.")
    ] = None,
    dsn: Annotated[str | None, typer.Option(help="Postgres; else LEDGERMIND_POSTGRES_DSN.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Load transactions, and labels if the file has a category column; refused rows are named by line.

    User, account and id together identify a transaction. Rows whose id is in the warehouse already, or earlier in
    the file, are refused if amount or currency differ, else counted; the row loaded last counts.
    Without a column of ids a row is its user, account, day, amount, currency and text, so exports that overlap load
    each transaction once. Where one export ends on the day on which the next begins, --border says what equal rows
    of that day are.

    At a terminal it asks for the columns that it does not find; without one it refuses and proposes --map.

    Example: ledgermind import past.csv --label-delay 1d

    Exit codes: 0 loaded, 2 the file or an option is wrong, 3 rows were refused and nothing was loaded, 9 Postgres
    does not answer.
    """
    if undo is not None:
        _undo(undo, file, postgres_dsn(dsn), as_json=as_json)
        return
    if file is None:
        raise ImportOptionError("give a file to import, or --undo and the id of an import")
    reading = confirmed(file, reading, as_json=as_json)
    categories = _categories(category_map).over(reading.categories)
    if save_profile is not None:
        profile.save_profile(save_profile, as_profile(reading.columns, reading.written, categories))
    if preview:
        shown = preview_csv(file, reading.columns, reading.written, categories)
        show_preview(shown, as_json=as_json)
        raise typer.Exit(0 if shown.opened else 2)
    plan = ImportPlan(
        path=file,
        columns=reading.columns,
        written=reading.written,
        categories=categories,
        label_delay=parse_delay(label_delay),
        skip_refused=skip_refused,
        border=border,
    )
    from ops.csv_import.import_csv import RowsRefusedError, import_csv  # noqa: PLC0415 - a preview needs no Postgres

    progress = ProgressLine("rows")
    try:
        imported = import_csv(postgres_dsn(dsn), plan, on_progress=progress.show)
    except RowsRefusedError as error:
        progress.clear()
        show_refused(error.refused, as_json=as_json)
        raise
    finally:
        progress.clear()
    show_refused(imported.refused, as_json=as_json)
    summary: dict[str, object] = {
        "import_id": imported.import_id,
        "transactions": imported.transactions,
        "labels": imported.labels,
        "refused": len(imported.refused),
        "repeated_ids": imported.repeated_ids,
        "changed_rows": imported.changed_rows,
        "known": imported.known,
        "reworded": imported.reworded,
        "skipped": imported.skipped,
        "forgotten": imported.forgotten,
        "money_out": imported.money.money_out,
        "money_in": imported.money.money_in,
        "first_day": _iso(imported.money.first_day),
        "last_day": _iso(imported.money.last_day),
        "unmapped_categories": dict(unmapped_names(imported.refused)),
        "repeat": imported.is_repeat,
    }
    words = (
        f"import {imported.import_id}: {imported.transactions:,} transactions, {imported.labels:,} labels, "
        f"{len(imported.refused):,} rows refused"
    )
    if moved := imported.money.words():
        words += f"; {moved}"
    if imported.skipped:
        words += f"; {imported.skipped:,} rows left out by --skip-where"
    if imported.forgotten:
        words += f"; {imported.forgotten:,} rows of forgotten users left out"
    if imported.known:
        words += (
            f"; {imported.known:,} rows were there already (same user, account, day, amount, text) and count once: "
            "--account-id keeps accounts apart"
        )
    if imported.reworded:
        words += (
            f"; {imported.reworded:,} rows have the day and amount of one that was there, and another text: both "
            "count, look whether they are one"
        )
    if imported.repeated_ids:
        words += (
            f"; {imported.repeated_ids:,} rows repeat an id of the same user and account, {imported.changed_rows:,} of "
            "them with another time, text or merchant: the row loaded last counts"
        )
    csv_options.warn(imported.money, as_json=as_json)
    say(words + (" (loaded before; nothing was done)" if imported.is_repeat else ""), summary, as_json=as_json)


def _undo(import_id: str, file: Path | None, dsn: str, *, as_json: bool) -> None:
    if file is not None:
        raise ImportOptionError("--undo takes back an import by its id: leave the file out")
    from ops.csv_import.undo import undo_import  # noqa: PLC0415

    undone = undo_import(dsn, import_id)
    words = f"{undone.transactions:,} transactions and {undone.labels:,} labels taken back"
    say(words, {"transactions": undone.transactions, "labels": undone.labels}, as_json=as_json)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _categories(text: str) -> CategoryMap:
    """Return the map of categories that stands on the command line or in a file."""
    if "=" not in text and text.strip():
        return CategoryMap.of(profile.load_categories(Path(text)))
    return CategoryMap.parse(text)


app = typer.Typer(add_completion=False)
app.command(name="import")(import_file)
