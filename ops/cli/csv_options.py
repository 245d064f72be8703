"""CSV options: how a user says what stands in a file, in the same words for every command that reads one."""

import inspect
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from ops.cli.profile_options import option_values
from ops.csv_import.amount import DecimalMark
from ops.csv_import.categories import CategoryMap
from ops.csv_import.columns import CsvMap
from ops.csv_import.date_order import current_day
from ops.csv_import.money_moved import MoneyMoved
from ops.csv_import.profile import Profile, load_profile, shipped_names
from ops.csv_import.source import CsvFormat
from ops.errors import OpsError

_FILE_HELP = "CSV, XLSX, OFX, QFX, CAMT, MT940 or JSON lines, also .gz; the file itself says which it is."
File = Annotated[Path, typer.Argument(help=_FILE_HELP)]
OptionalFile = Annotated[Path | None, typer.Argument(help=_FILE_HELP)]
Columns = Annotated[
    str,
    typer.Option("--map", help="Columns: description=Memo,amount=Betrag, or amount_out=Debit,amount_in=Credit"),
]
Encoding = Annotated[
    str, typer.Option(help="utf-8, cp1252, cp1250, utf-16 or another of Python's; a mark in the file wins.")
]
Delimiter = Annotated[str | None, typer.Option(help="Delimiter, tab for a tab; detected if not given.")]
Decimal = Annotated[DecimalMark | None, typer.Option(help="Decimal mark of amounts; detected if not given.")]
DateFormat = Annotated[
    str,
    typer.Option(
        help="iso, day-first, month-first, epoch, epoch-ms or a pattern like '%d %b %Y'; no offset means UTC."
    ),
]
Currency = Annotated[
    str | None, typer.Option(help="Currency of rows without one; else that of the amount or the country, else XXX.")
]
FlipSign = Annotated[bool, typer.Option("--flip-sign", help="The file has positive numbers for spending.")]
UserId = Annotated[str, typer.Option(help="User of rows without one.")]
AccountId = Annotated[str, typer.Option(help="Account of rows without one.")]
HeaderLine = Annotated[int | None, typer.Option(min=1, help="Line that names the columns; found if not given.")]
NoHeader = Annotated[bool, typer.Option("--no-header", help="No line names the columns: the map numbers them from 1.")]
DirectionWords = Annotated[
    str, typer.Option(help="Words of the direction column beside the known ones: Borç=out,Alacak=in")
]

SkipWhere = Annotated[
    list[str] | None, typer.Option("--skip-where", help="Leave rows out: Status=PENDING; may be repeated.")
]
Pending = Annotated[
    bool, typer.Option("--pending", help="Load rows that a column such as Status calls pending; else they are refused.")
]
ProfileName = Annotated[
    str | None,
    typer.Option("--profile", help=f"File of --save-profile, or {', '.join(shipped_names())}; options win over it."),
]
Sheet = Annotated[str | None, typer.Option(help="Sheet of a workbook; needed where several hold rows.")]
Reader = Annotated[
    str | None, typer.Option(help="Plug-in that reads the file: an entry point of the group ledgermind.readers.")
]


class CsvOptionsError(OpsError):
    """Options of a CSV file that make no sense."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """How a user says that a file is read."""

    columns: CsvMap
    written: CsvFormat
    categories: CategoryMap = field(default_factory=lambda: CategoryMap({}))


def _reading(
    ctx: typer.Context,
    *,
    columns: Columns = "",
    encoding: Encoding = "utf-8",
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    date_format: DateFormat = "iso",
    currency: Currency = None,
    flip_sign: FlipSign = False,
    user_id: UserId = "csv-user",
    account_id: AccountId = "csv-account",
    header_line: HeaderLine = None,
    no_header: NoHeader = False,
    direction_words: DirectionWords = "",
    skip_where: SkipWhere = None,
    pending: Pending = False,
    sheet: Sheet = None,
    reader: Reader = None,
    profile: ProfileName = None,
) -> Reading:
    values = dict(locals())
    saved = Profile() if profile is None else load_profile(profile)
    for name, value in option_values(saved, str(profile)).items():
        source = ctx.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE":
            values[name] = value
    if values["no_header"] and values["header_line"] is not None:
        raise CsvOptionsError("--no-header and --header-line do not go together")
    written = CsvFormat(
        encoding=values["encoding"],
        delimiter=values["delimiter"],
        decimal=values["decimal"],
        date_format=values["date_format"],
        flip_sign=values["flip_sign"],
        currency=values["currency"],
        user_id=user_id,
        account_id=account_id,
        header_line=values["header_line"],
        has_header=not values["no_header"],
        directions=values["direction_words"],
        skip_where=tuple(values["skip_where"] or ()),
        pending=values["pending"],
        sheet=values["sheet"],
        reader=values["reader"],
    )
    return Reading(CsvMap.parse(columns).over(CsvMap.of(saved.columns)), written, CategoryMap.of(saved.categories))


def with_csv_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that takes the options of a CSV file and hands them on as its parameter ``reading``."""
    options = inspect.signature(_reading, eval_str=True).parameters
    own = inspect.signature(command, eval_str=True).parameters.values()

    def run(**given: Any) -> None:
        chosen = {name: given.pop(name) for name in options}
        command(**given, reading=_reading(**chosen))

    shown = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    at = next(place for place, parameter in enumerate(shown) if parameter.name == "reading")
    shown[at : at + 1] = [option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in options.values()]
    run.__name__, run.__doc__, run.__module__ = command.__name__, command.__doc__, command.__module__
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    return run


def warn(money: MoneyMoved, *, as_json: bool) -> None:
    """Print on standard error what a user should look at in the amounts of a file."""
    for warning in money.warnings(current_day()):
        typer.echo(msgspec.json.encode({"warning": warning}) if as_json else f"warning: {warning}", err=True)


def parse_reading(text: str) -> Reading:
    """Read options as they stand on a command line, ``--date-format day-first``; raises CsvOptionsError."""
    app = typer.Typer(add_completion=False)
    app.command()(_reading)
    try:
        reading = typer.main.get_command(app).main(shlex.split(text), "options", standalone_mode=False)
    except OpsError:
        raise
    except Exception as error:  # click's own errors, and shlex's
        message = getattr(error, "message", None) or str(error)
        raise CsvOptionsError(f"{message}: write them as for ledgermind import") from None
    if not isinstance(reading, Reading):
        raise CsvOptionsError("give options as for ledgermind import, such as --date-format day-first")
    return reading
