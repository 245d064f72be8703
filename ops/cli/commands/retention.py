"""``ledgermind warehouse retention``: how long raw tables keep a row, set, listed and enforced."""

from typing import Annotated, Final

import typer

from ops.cli.options import Dsn, Json, postgres_dsn
from ops.cli.report import say
from ops.errors import OpsError
from ops.local.schedule import parse_duration
from ops.warehouse.build_lock import building
from ops.warehouse.migrate import require_migrated
from ops.warehouse.retention import TABLES, apply_retention, read_retention, set_retention

app = typer.Typer(
    help="Set, list and apply how long raw tables keep a row.", no_args_is_help=True, add_completion=False
)
DAY_SECONDS: Final = 86_400
SHORTEST_DAYS: Final = 31  # topics keep records for thirty days, and a landing may read them again
FOR_EVER: Final = "forever"


class NoRetentionError(OpsError):
    """An option names no retention."""

    exit_code = 2


@app.command(name="set")
def set_(
    table: Annotated[str, typer.Argument(help="Raw table, as warehouse retention list names it.")],
    keep: Annotated[str, typer.Argument(help="How long a row is kept after it landed, such as 400d, or forever.")],
    *,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Set how long a raw table keeps a row after it landed.

    The next warehouse build, or warehouse retention apply, removes what is older. The shortest is a month, because
    records of 30 days stand on the topics and would land again.

    Example: ledgermind warehouse retention set raw.transactions 400d

    Exit codes: 0 set, 2 that is no retention, 9 Postgres does not answer.
    """
    seconds = None if keep == FOR_EVER else parse_duration(keep, option="KEEP")
    if seconds is not None and seconds < SHORTEST_DAYS * DAY_SECONDS:
        raise NoRetentionError(f"KEEP: the shortest retention is {SHORTEST_DAYS}d")
    name = table.removeprefix("raw.")
    if name not in TABLES:
        raise NoRetentionError(f"TABLE: {table} has no retention; these have: {', '.join(TABLES)}")
    warehouse = postgres_dsn(dsn)
    require_migrated(warehouse)
    set_retention(warehouse, name, seconds)
    say(f"raw.{name}: {_words(seconds)}", {"table": f"raw.{name}", "keep_seconds": seconds}, as_json=as_json)


@app.command(name="list")
def list_(*, dsn: Dsn = None, as_json: Json = False) -> None:
    """List how long each raw table keeps a row.

    Example: ledgermind warehouse retention list

    Exit codes: 0 listed, 2 there are no tables yet, 9 Postgres does not answer.
    """
    warehouse = postgres_dsn(dsn)
    require_migrated(warehouse)
    found = {f"raw.{table}": seconds for table, seconds in read_retention(warehouse).items()}
    say("\n".join(f"{table:28} {_words(seconds)}" for table, seconds in found.items()), found, as_json=as_json)


@app.command()
def apply(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count; nothing is removed.")] = False,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Remove the rows that are older than their table keeps them; every warehouse build begins with this.

    Example: ledgermind warehouse retention apply --dry-run

    Exit codes: 0 removed or counted, 2 there are no tables yet, 9 Postgres does not answer.
    """
    warehouse = postgres_dsn(dsn)
    require_migrated(warehouse)
    with building(warehouse, say=lambda line: typer.echo(line, err=True)):
        removed = apply_retention(warehouse, dry_run=dry_run)
    verb = "would be removed" if dry_run else "removed"
    lines = [f"{one.table:40} {one.rows:>10,} rows {verb}" for one in removed]
    summary = {"dry_run": dry_run, "tables": {one.table: one.rows for one in removed}}
    say("\n".join(lines) or "every table keeps its rows until their user is forgotten", summary, as_json=as_json)


def _words(seconds: float | None) -> str:
    return "until forgotten" if seconds is None else f"{seconds / DAY_SECONDS:g} days"
