"""``ledgermind hint``: a user's own word on a merchant, set, listed, taken back or loaded from a file."""

import csv
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ops.cli.options import Dsn, Json, postgres_dsn
from ops.cli.refused_rows import show_refused
from ops.cli.report import say, say_published
from ops.csv_import.cells import RefusedRow
from ops.csv_import.hints import COLUMNS, read_hints
from ops.errors import OpsError
from ops.kafka.hints import active_hints, make_hint, take_back, write_hints
from schemas.events.hint import Hint, Preference
from schemas.events.transaction import MAX_IDENTIFIER
from schemas.taxonomy import Category
from schemas.text.descriptor import key_of_line
from streams.settings import KafkaSettings, read

app = typer.Typer(help="Set, list and remove the hints of users.", no_args_is_help=True, add_completion=False)

User = Annotated[str, typer.Option(help="User, as user_id in transactions.")]
Merchant = Annotated[str, typer.Option(help="Merchant: a statement line of it, or its merchant key.")]


class HintError(OpsError):
    """An option or a row makes no hint."""

    exit_code = 2


class RowsRefusedError(OpsError):
    """Rows of the file are no hints; nothing was written."""

    exit_code = 3


@app.command(name="set")
def set_(
    user: User,
    merchant: Merchant,
    always: Annotated[Category | None, typer.Option(help="Category to serve.")] = None,
    never: Annotated[Category | None, typer.Option(help="Category not to serve.")] = None,
    as_json: Json = False,
) -> None:
    """Set a hint: always this category for this user and merchant, or never.

    Workers apply it within a second to the records that come after it. It replaces an earlier hint for the same user
    and merchant. A hint wins over rules and models.

    Example: ledgermind hint set --user u1 --merchant "SQ *CAFE LUNA 0042" --always Dining

    Exit codes: 0 set, 2 an option is wrong, 3 the topic is missing, 4 no broker answers.
    """
    wanted = always or never
    if wanted is None or (always is not None and never is not None):
        raise HintError("give one of --always and --never, with a category")
    preference = Preference.NEVER if always is None else Preference.ALWAYS
    hint = make_hint(_user(user), _key(merchant), preference, wanted)
    done = write_hints(read(KafkaSettings), [hint])
    if done.delivered != 1:
        raise OpsError(f"the hint may not hold: {done.first_error or 'the broker did not answer'}; set it again")
    _print(hint, as_json=as_json)


@app.command(name="list")
def list_(
    user: Annotated[str | None, typer.Option(help="Only the hints of this user.")] = None, as_json: Json = False
) -> None:
    """List the hints that apply now.

    Example: ledgermind hint list --user u1

    Exit codes: 0 listed, 3 the topic is missing, 4 no broker answers.
    """
    hints = list(active_hints(read(KafkaSettings), user_id=user))
    for hint in hints:
        _print(hint, as_json=as_json)
    if not as_json:
        typer.echo(f"{len(hints):,} hints")


@app.command()
def remove(user: User, merchant: Merchant, as_json: Json = False) -> None:
    """Remove a hint, so that rules and models answer again.

    Example: ledgermind hint remove --user u1 --merchant "cafe luna"

    Exit codes: 0 removed or not there, 2 an option is wrong, 3 the topic is missing, 4 no broker answers.
    """
    kafka, user_id, key = read(KafkaSettings), _user(user), _key(merchant)
    was_there = any(hint.merchant_key == key for hint in active_hints(kafka, user_id=user_id))
    if was_there:
        take_back(kafka, user_id, key)
    words = f"{user_id}, {key}: the hint is taken back" if was_there else f"{user_id}, {key}: there is no hint"
    say(words, {"user_id": user_id, "merchant_key": key, "removed": was_there}, as_json=as_json)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV with the columns user_id, merchant, preference, category.")],
    as_json: Json = False,
) -> None:
    """Set the hints of a CSV file: all of it, or nothing where a row is wrong.

    The preference is always or never. A file that is imported twice changes nothing the second time.

    Example: ledgermind hint import hints.csv

    Exit codes: 0 set, 1 some were not delivered, 2 the file cannot be read, 3 rows or the topic are wrong,
    4 no broker answers.
    """
    rows = list(read_hints(file))
    refused = [row for row in rows if isinstance(row, RefusedRow)]
    if refused:
        show_refused(refused, as_json=as_json)
        raise RowsRefusedError(f"{len(refused):,} of {len(rows):,} rows of {file.name} are no hints; nothing was set")
    say_published(write_hints(read(KafkaSettings), [row for row in rows if isinstance(row, Hint)]), as_json=as_json)


@app.command(name="propose")
def propose_(
    least: Annotated[int, typer.Option("--min", min=1, help="Corrected transactions that agree.")] = 2,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Propose hints from users' corrections, and print them as a CSV for hint import; no hint is set.

    A hint is proposed where a user's last corrections of one merchant name the same category, and the user has set no
    hint of that merchant.

    Example: ledgermind hint propose --min 3 > proposed.csv

    Exit codes: 0 printed, 9 Postgres does not answer.
    """
    from ops.warehouse.hint_proposals import read_proposals  # noqa: PLC0415 - the other commands need no Postgres

    proposals = read_proposals(postgres_dsn(dsn), least=least)
    if as_json:
        for one in proposals:
            typer.echo(msgspec.json.encode(one._asdict()).decode())
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((one.user_id, one.merchant_key, Preference.ALWAYS.value, one.category.value) for one in proposals)


def _user(user: str) -> str:
    if not 0 < len(user) <= MAX_IDENTIFIER or "\0" in user:
        raise HintError(f"--user: a user has 1 to {MAX_IDENTIFIER} characters")
    return user


def _key(merchant: str) -> str:
    key = key_of_line(merchant)
    if not key:
        raise HintError("--merchant: holds no words; give a statement line of the merchant")
    return key


def _print(hint: Hint, *, as_json: bool) -> None:
    words = f"{hint.user_id}, {hint.merchant_key}: {hint.preference} {hint.category}"
    typer.echo(msgspec.json.encode(hint).decode() if as_json else words)
