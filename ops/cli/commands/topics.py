"""``ledgermind topics``: makes, checks, alters or restores the topics, and prints the rights that they need."""

import getpass
import time
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from ops.cli.options import Dsn, Json, postgres_dsn
from ops.kafka.topics import add_partitions, alter_settings, check_when_known, create_topics
from schemas.contracts.acls import ACLS
from schemas.contracts.topics import TOPICS
from streams.errors import TopicError
from streams.kafka.topic_check import check_topics
from streams.kafka.topic_settings import read_faults
from streams.settings import KafkaSettings, read

app = typer.Typer(
    help="Make, check, alter or restore the topics, or print the rights that they need.",
    no_args_is_help=True,
    add_completion=False,
)


MinIsr = Annotated[
    int | None,
    typer.Option(
        min=1, help="min.insync.replicas: replicas that must have a record; 2 if there is more than one replica."
    ),
]


@app.command()
def create(
    replication: Annotated[int, typer.Option(min=1, help="Replication factor.")] = 1,
    min_isr: MinIsr = None,
    as_json: Json = False,
) -> None:
    """Make the topics that are missing.

    Example: ledgermind topics create --replication 3 --min-isr 2

    Exit codes: 0 every topic exists, 3 the broker refuses one, 4 no broker answers.
    """
    made = create_topics(read(KafkaSettings), replication=replication, min_isr=min_isr)
    if as_json:
        typer.echo(msgspec.json.encode({"made": made}).decode())
    else:
        typer.echo(f"made: {', '.join(made)}" if made else "all topics were there already")


@app.command()
def check(as_json: Json = False) -> None:
    """Check that every topic exists, with enough partitions and with the settings that delivery needs.

    Example: ledgermind topics check

    Exit codes: 0 all can be served, 3 a topic is missing, has too few partitions or a wrong setting,
    4 no broker answers.
    """
    kafka = read(KafkaSettings)
    remarks = check_topics(kafka, TOPICS)
    faults = read_faults(kafka, TOPICS)
    if as_json:
        document = {
            "topics": len(TOPICS),
            "remarks": remarks,
            "faults": faults or [],
            "settings_are_known": faults is not None,
        }
        typer.echo(msgspec.json.encode(document).decode())
    else:
        for line in remarks:
            typer.echo(line)
        for fault in faults or ():
            typer.echo(fault.line, err=True)
    if faults:
        raise typer.Exit(TopicError.exit_code)
    if not as_json:
        known = "can be served" if faults is not None else "can be served; the broker does not tell their settings"
        typer.echo(f"all {len(TOPICS)} topics are there and {known}")


@app.command()
def acls(as_json: Json = False) -> None:
    """Print the rights that each program needs, for the names that this environment gives to topics and groups.

    A name that ends in * is a prefix. The user names are examples: choose your own.

    Example: ledgermind topics acls

    Exit codes: 0 printed, 2 a variable is wrong.
    """
    read(KafkaSettings)
    if as_json:
        typer.echo(msgspec.json.encode(ACLS).decode())
        return
    rows = [("user", "resource", "name", "operations")]
    rows += [(one.user, one.resource, one.name, ", ".join(one.operations)) for one in ACLS]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@app.command()
def alter(min_isr: MinIsr = None, as_json: Json = False) -> None:
    """Add the partitions and set the settings that a topic lacks; its records stay where they are.

    Example: ledgermind topics alter --min-isr 2

    Exit codes: 0 nothing is left to alter, 3 a topic is missing or cannot be altered, 4 no broker answers.
    """
    kafka = read(KafkaSettings)
    done = add_partitions(kafka) + alter_settings(kafka, min_isr=min_isr)
    check_when_known(kafka)
    if as_json:
        altered = [{"topic": one.topic, "setting": one.setting, "value": one.value} for one in done]
        typer.echo(msgspec.json.encode({"altered": altered}).decode())
    else:
        for line in [one.line for one in done] or ["nothing to alter"]:
            typer.echo(line)


@app.command()
def restore(
    reason: Annotated[str, typer.Option(help="Reason; the rollout record keeps it.")],
    actor: Annotated[str, typer.Option(help="Name of the person or program that decides.")] = "",
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Write rollout-state and user-hints of a new cluster from the warehouse, before any worker starts.

    Every rollout record is written as it was, byte for byte, with one more that records the restore; of the hints of
    users only those that still apply. Restored rollout records do not land again. Both topics must be empty.

    Example: ledgermind topics restore --reason "the cluster was lost"

    Exit codes: 0 restored, 1 a topic is not empty or the warehouse holds no rollout record, 3 a topic is missing,
    4 no broker answers, 9 Postgres does not answer.
    """
    from ops.kafka.topics_restore import restore_topics  # noqa: PLC0415 - the other commands need no Postgres

    done = restore_topics(
        read(KafkaSettings),
        postgres_dsn(dsn),
        actor=actor or getpass.getuser(),
        reason=reason,
        now=datetime.fromtimestamp(time.time(), UTC),
    )
    if as_json:
        typer.echo(msgspec.json.encode(done).decode())
    else:
        typer.echo(f"{done.records:,} rollout records and {done.hints:,} hints restored")
