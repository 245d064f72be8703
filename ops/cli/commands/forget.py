"""``ledgermind forget``: one user's rows erased from the warehouse and the hints taken back."""

from typing import Annotated

import typer

from ops.cli.options import Dsn, Json, postgres_dsn
from ops.cli.report import say
from ops.errors import OpsError
from ops.kafka.hints import hint_records, take_back_all
from ops.kafka.publish import OutgoingRecord
from ops.kafka.topic_retention import KeptUntil, read_retention
from ops.warehouse.forget import DeadLetters, Forgotten, forget_user, readmit_user
from schemas.contracts.topics import HINTS
from schemas.events.transaction import MAX_IDENTIFIER
from streams.settings import KafkaSettings, read

app = typer.Typer(add_completion=False)


class NoUserError(OpsError):
    """What was given is no user id, or two options contradict each other."""

    exit_code = 2


@app.command()
def forget(
    user: Annotated[str, typer.Argument(help="User, as user_id in transactions.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count, table by table; nothing is erased.")] = False,
    dead_letters: Annotated[
        DeadLetters,
        typer.Option(help="Dead letters to empty: named by the user as key or user_id, or all that mention the id."),
    ] = DeadLetters.NAMED,
    warehouse_only: Annotated[
        bool, typer.Option("--warehouse-only", help="Erase in Postgres only; the hints on user-hints stay.")
    ] = False,
    readmit: Annotated[
        bool, typer.Option("--readmit", help="Accept rows of a forgotten user again; erased rows do not come back.")
    ] = False,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Erase a user from the warehouse, take the user's hints back, and refuse rows of the user from then on.

    The command prints how many rows of each table it erases, which releases were trained on labels of the user, and
    until when each topic keeps the user's records. A second run erases what came in between. docs/PERSONAL_DATA.md
    says what it leaves.

    Example: ledgermind forget u1 --dry-run

    Exit codes: 0 erased or counted, 2 that is no user, 3 the topic is missing, 4 no broker answers, 9 Postgres does
    not answer.
    """
    if not 0 < len(user) <= MAX_IDENTIFIER or "\0" in user:
        raise NoUserError(f"USER: a user has 1 to {MAX_IDENTIFIER} characters")
    if readmit:
        _readmit(user, dsn=dsn, as_json=as_json)
        return
    hints: list[OutgoingRecord] = []
    topics: list[KeptUntil] = []
    if not warehouse_only:  # a broker that is away is noticed before anything is erased
        kafka = read(KafkaSettings)
        hints, topics = hint_records(kafka, user), read_retention(kafka)
    done = forget_user(
        postgres_dsn(dsn),
        user,
        dead_letters=dead_letters,
        dry_run=dry_run,
        say=lambda line: typer.echo(line, err=True),
    )
    if hints and not dry_run:
        take_back_all(kafka, hints)
    summary = {
        "dry_run": dry_run,
        "forgotten_before": done.before,
        "refused_since": done.refused,
        "tables": [{"table": one.table, "rows": one.rows, "how": one.how} for one in done.tables],
        "hints": None if warehouse_only else len(hints),
        "releases": done.releases,
        "dead_letters_left": done.mentions,
        "topics": [{"topic": one.topic, "kept": one.words, "settings": one.settings} for one in topics],
    }
    lines = [*_tables(done, hints, dry_run=dry_run), *_left(done, topics, warehouse_only=warehouse_only)]
    say("\n".join(lines), summary, as_json=as_json)


def _readmit(user: str, *, dsn: str | None, as_json: bool) -> None:
    was_forgotten = readmit_user(postgres_dsn(dsn), user)
    words = "rows of the user are taken again" if was_forgotten else "the user was not forgotten: nothing changed"
    say(words, {"readmitted": was_forgotten}, as_json=as_json)


def _tables(done: Forgotten, hints: list[OutgoingRecord], *, dry_run: bool) -> list[str]:
    """Return one line for each table and for the hints."""
    lines = []
    if done.before is not None:
        lines.append(f"the user is forgotten since {done.before:%Y-%m-%d}; {done.refused:,} rows were refused since")
    lines += [f"{one.table:40} {one.rows:>10,} {'rows' if one.rows != 1 else 'row'} {one.how}" for one in done.tables]
    lines.append(f"{f'topic {HINTS.name}':40} {len(hints):>10,} hints taken back")
    rows = sum(one.rows for one in done.tables)
    verb = "would be erased; nothing was: leave out --dry-run" if dry_run else "erased"
    return [*lines, f"{rows:,} rows and {len(hints):,} hints {verb}"]


def _left(done: Forgotten, topics: list[KeptUntil], *, warehouse_only: bool) -> list[str]:
    """Return what the command does not erase, and until when it stays."""
    lines = [""]
    if done.releases:
        lines.append(f"Releases that were trained on labels of the user: {', '.join(done.releases)}.")
        lines.append(
            "Train again (ledgermind retrain), roll the new release out, then: ledgermind registry gc --remove"
        )
    else:
        lines.append("No release that the warehouse knows was trained on labels of the user.")
    if done.mentions:
        lines.append(f"{done.mentions:,} other dead letters hold the id: --dead-letters mentioned empties them.")
    lines.append("The next ledgermind warehouse build counts marts without the user.")
    if warehouse_only:
        lines.append("No broker was asked: hints on user-hints stay; run this again without --warehouse-only.")
        return lines
    lines.append("What topics keep of the user:")
    for one in topics:
        settings = ", ".join(f"{name}={value}" for name, value in one.settings.items())
        lines.append(f"  {one.topic}: {one.words}{f' ({settings})' if settings else ''}")
    return lines
