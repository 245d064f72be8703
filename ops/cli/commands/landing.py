"""``ledgermind landing``: lands every topic in the warehouse, under a parent that restarts it; its rejects and gaps."""

import getpass
import os
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ops.cli.commands import landing_rejects
from ops.cli.commands.landing_rejects import Json, Topics, known_topics
from ops.cli.commands.offset import offset_of
from ops.cli.supervise import supervise
from ops.local.supervisor import Child
from streams.format_settings import read_formats
from streams.landing.settings import LandingSettings
from streams.settings import KafkaSettings, read

if TYPE_CHECKING:
    from ops.warehouse.landing_reset import LandingMoved

app = typer.Typer(add_completion=False)
app.add_typer(landing_rejects.app, name="rejects")


@app.callback(invoke_without_command=True)
def landing(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="Run one process without restarts; the first error ends it.")
    ] = False,
    mapping: Annotated[
        str | None, typer.Option(help="A mapping by name or file, as LEDGERMIND_MAPPING; see docs/MAPPING.md.")
    ] = None,
) -> None:
    """Copy the records of every topic into Postgres, each exactly once, until stopped.

    A parent process restarts the landing if it exits.

    Example: ledgermind landing

    Exit codes: 0 stopped, others as docs/EXIT_CODES.md lists them.
    """
    if context.invoked_subcommand is not None:
        return
    if mapping is not None:
        os.environ["LEDGERMIND_MAPPING"] = mapping
    settings = read(LandingSettings)
    read(KafkaSettings)
    read_formats()
    command = [sys.executable, "-m", "streams.landing"]
    if once:
        os.execv(sys.executable, command)  # noqa: S606 - the same program, without a shell
    child = Child("landing", command, dict(os.environ))
    supervise([child], host=settings.host, port=settings.supervisor_port, variable="LEDGERMIND_LANDING_SUPERVISOR_PORT")


@app.command()
def positions(topic: Topics = None, as_json: Json = False) -> None:
    """Show the landed position of each partition beside the offsets that its topic has.

    Example: ledgermind landing positions --topic transactions

    Exit codes: 0 shown, 1 Postgres fails, 3 a topic is missing, 4 no broker answers.
    """
    from ops.warehouse import landing_positions  # noqa: PLC0415 - the parent of a landing needs no Kafka client

    for one in landing_positions.read_positions(read(KafkaSettings), read(LandingSettings), known_topics(topic)):
        if as_json:
            typer.echo(msgspec.json.encode({**asdict(one), "state": one.state}).decode())
        else:
            typer.echo(f"{one.topic}/{one.partition}  next {one.next}, topic has {one.first} to {one.end}  {one.state}")


@app.command()
def reset(
    topic: Annotated[str, typer.Option(help="The topic that has a gap.")],
    to: Annotated[str, typer.Option(help="earliest, end, or an offset that the broker has.")],
    reason: Annotated[str, typer.Option(help="Reason; the record of the act keeps it.")],
    partition: Annotated[
        int | None, typer.Option(min=0, help="Partition to continue; else every partition of the topic that has a gap.")
    ] = None,
    actor: Annotated[
        str, typer.Option(help="Name of the person or program that decides; else the user of this machine.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Continue partitions whose landed position is not on the topic: records were removed, or the topic lost its end.

    A landing that runs continues from there; ledgermind rollout history --all lists the act. A topic that lost its end
    gives those offsets out again: rows of lost records stay, under a topic id of their own.

    Example: ledgermind landing reset --topic transactions --partition 3 --to earliest --reason "retention was short"

    Exit codes: 0 the partitions continue, or none has a gap, 1 the named one has none or Postgres fails,
    4 no broker answers.
    """
    from ops.warehouse import landing_positions, landing_reset  # noqa: PLC0415 - the parent of a landing needs no Kafka client

    kafka, settings = read(KafkaSettings), read(LandingSettings)
    ends = {
        one.partition: one.end
        for one in landing_positions.read_positions(kafka, settings, known_topics([topic]))
        if one.partition == partition or (partition is None and one.state != landing_positions.ON_TOPIC)
    }
    partitions = sorted(ends) if partition is None else [partition]
    if not partitions and not as_json:
        typer.echo(f"no partition of {topic} has a gap: nothing to reset")
    for at in partitions:
        moved = landing_reset.reset_landing(
            kafka,
            settings,
            topic=topic,
            partition=at,
            to=ends.get(at) if to == "end" else offset_of(to, or_else="end"),
            reason=reason,
            actor=actor or getpass.getuser(),
            now=datetime.fromtimestamp(time.time(), UTC),
        )
        print_moved(topic, at, moved, as_json=as_json)


def print_moved(topic: str, partition: int, moved: "LandingMoved", *, as_json: bool) -> None:
    """Print where one partition goes on."""
    gap = moved.gap
    if as_json:
        line = {
            "topic": topic,
            "partition": partition,
            "start": gap.position,
            "to": moved.to,
            "skipped": gap.skipped(moved.to),
            "removed": gap.removed,
            "set_aside": moved.set_aside,
            "is_written_down": moved.is_written_down,
        }
        typer.echo(msgspec.json.encode(line).decode())
    else:
        aside = f"; {moved.set_aside:,} rows set aside" if moved.set_aside else ""
        typer.echo(
            f"{topic} partition {partition} goes on at {moved.to}, it stood at {gap.position}: "
            f"{gap.skipped(moved.to):,} offsets skipped, of which the broker had removed {gap.removed:,}{aside}"
        )
    if not moved.is_written_down:
        typer.echo("not written down: there is no rollout record yet that it could be linked to", err=True)
