"""CSV options: how a user says what stands in a file, in the same words for import and publish."""

from pathlib import Path
from typing import Annotated

import typer

from ops.csv_import.amount import DecimalMark

File = Annotated[Path, typer.Argument(help="A .csv or .csv.gz file whose first line names the columns.")]
Columns = Annotated[str, typer.Option("--map", help="Where our fields stand: description=Memo,amount=Betrag")]
Encoding = Annotated[str, typer.Option(help="utf-8, utf-8-sig or latin-1")]
Delimiter = Annotated[str | None, typer.Option(help="Found out where not given.")]
Decimal = Annotated[DecimalMark | None, typer.Option(help="Decimal mark of amounts; found out where not given.")]
DateFormat = Annotated[
    str, typer.Option(help="iso, day-first, month-first or a pattern like '%d %b %Y'; no offset means UTC.")
]
Currency = Annotated[str | None, typer.Option(help="For rows that name none; else their country's, else XXX.")]
FlipSign = Annotated[bool, typer.Option("--flip-sign", help="For files where spending is positive.")]
UserId = Annotated[str, typer.Option(help="For rows that name no user.")]
AccountId = Annotated[str, typer.Option(help="For rows that name no account.")]
