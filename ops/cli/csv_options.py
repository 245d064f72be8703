"""CSV options: how a user says what stands in a file, in the same words for import and publish."""

from pathlib import Path
from typing import Annotated

import typer

from ops.csv_import.amount import DecimalMark

File = Annotated[Path, typer.Argument(help="CSV file whose first line names the columns, also .gz.")]
Columns = Annotated[str, typer.Option("--map", help="Column names: description=Memo,amount=Betrag")]
Encoding = Annotated[str, typer.Option(help="utf-8, utf-8-sig or latin-1")]
Delimiter = Annotated[str | None, typer.Option(help="Delimiter; detected if not given.")]
Decimal = Annotated[DecimalMark | None, typer.Option(help="Decimal mark of amounts; detected if not given.")]
DateFormat = Annotated[
    str, typer.Option(help="iso, day-first, month-first or a pattern like '%d %b %Y'; no offset means UTC.")
]
Currency = Annotated[
    str | None, typer.Option(help="Currency of rows without one; else that of their country, else XXX.")
]
FlipSign = Annotated[bool, typer.Option("--flip-sign", help="The file has positive numbers for spending.")]
UserId = Annotated[str, typer.Option(help="User of rows without one.")]
AccountId = Annotated[str, typer.Option(help="Account of rows without one.")]
