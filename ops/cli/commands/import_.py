"""``ledgermind import``: a user's own CSV into the warehouse, all of it or nothing."""

import re
import sys
from datetime import timedelta
from typing import Annotated, Final

import msgspec
import typer

from ops.cli import csv_options
from ops.cli.options import postgres_dsn
from ops.cli.report import say
from ops.csv_import.categories import CategoryMap
from ops.csv_import.columns import CsvMap
from ops.csv_import.file import RefusedRow
from ops.csv_import.import_csv import ImportPlan, RowsRefusedError, import_csv
from ops.csv_import.source import CsvFormat
from ops.errors import OpsError

SHOWN_REFUSALS: Final = 20
_UNITS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


class LabelDelayError(OpsError):
    """The delay is no duration."""

    exit_code = 2


def parse_delay(text: str) -> timedelta:
    """Read ``7d``, ``12h``, ``30m`` or ``0s``; raises LabelDelayError for anything else."""
    match = re.fullmatch(r"([0-9]{1,6})([dhms])", text.strip())
    if match is None:
        raise LabelDelayError(f"--label-delay: {text!r} is no duration: write 7d, 12h, 30m or 0s")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def import_file(
    *,
    file: csv_options.File,
    columns: csv_options.Columns = "",
    category_map: Annotated[
        str, typer.Option(help="Translation of categories: Food=Groceries,Misc= (an empty name means no label)")
    ] = "",
    label_delay: Annotated[str, typer.Option(help="Time from a transaction to its label.")] = "7d",
    encoding: csv_options.Encoding = "utf-8",
    delimiter: csv_options.Delimiter = None,
    decimal: csv_options.Decimal = None,
    date_format: csv_options.DateFormat = "iso",
    currency: csv_options.Currency = None,
    flip_sign: csv_options.FlipSign = False,
    user_id: csv_options.UserId = "csv-user",
    account_id: csv_options.AccountId = "csv-account",
    skip_refused: Annotated[
        bool, typer.Option("--skip-refused", help="Load the other rows if some are refused.")
    ] = False,
    dsn: Annotated[str | None, typer.Option(help="Postgres; else LEDGERMIND_POSTGRES_DSN.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Load transactions, and labels if the file has a category column; refused rows are named by line.

    User, account and id together identify a transaction. The command counts rows whose id is in the warehouse
    already, or earlier in the file, and those that differ from the row before them; the row loaded last counts.

    Example: ledgermind import past.csv --label-delay 1d

    Exit codes: 0 loaded, 2 the file or an option is wrong, 3 rows were refused and nothing was loaded, 9 Postgres
    does not answer.
    """
    plan = ImportPlan(
        path=file,
        columns=CsvMap.parse(columns),
        written=CsvFormat(
            encoding=encoding,
            delimiter=delimiter,
            decimal=decimal,
            date_format=date_format,
            flip_sign=flip_sign,
            currency=currency,
            user_id=user_id,
            account_id=account_id,
        ),
        categories=CategoryMap.parse(category_map),
        label_delay=parse_delay(label_delay),
        skip_refused=skip_refused,
    )
    try:
        imported = import_csv(postgres_dsn(dsn), plan, on_progress=_show)
    except RowsRefusedError as error:
        _show_refused(error.refused, as_json=as_json)
        raise
    finally:
        _show(None)
    _show_refused(imported.refused, as_json=as_json)
    summary: dict[str, int | float | str | bool | None] = {
        "import_id": imported.import_id,
        "transactions": imported.transactions,
        "labels": imported.labels,
        "refused": len(imported.refused),
        "repeated_ids": imported.repeated_ids,
        "changed_rows": imported.changed_rows,
        "repeat": imported.is_repeat,
    }
    words = (
        f"{imported.transactions:,} transactions, {imported.labels:,} labels, {len(imported.refused):,} rows refused"
    )
    if imported.repeated_ids:
        words += (
            f"; {imported.repeated_ids:,} rows repeat an id of the same user and account, {imported.changed_rows:,} of "
            "them with other content: the row loaded last counts"
        )
    say(words + (" (loaded before; nothing was done)" if imported.is_repeat else ""), summary, as_json=as_json)


def _show(rows: int | None) -> None:
    """Draw the running count where somebody watches; None clears it."""
    if sys.stderr.isatty():
        typer.echo("\r\x1b[K" if rows is None else f"\r{rows:,} rows read \x1b[K", err=True, nl=False)


def _show_refused(refused: list[RefusedRow], *, as_json: bool) -> None:
    if as_json:
        for row in refused:
            typer.echo(msgspec.json.encode({"line": row.line, "refused": row.reason}), err=True)
        return
    for row in refused[:SHOWN_REFUSALS]:
        typer.echo(f"line {row.line}: {row.reason}", err=True)
    if len(refused) > SHOWN_REFUSALS:
        typer.echo(f"… and {len(refused) - SHOWN_REFUSALS} more; --json names them all", err=True)


app = typer.Typer(add_completion=False)
app.command(name="import")(import_file)
