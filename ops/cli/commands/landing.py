"""``ledgermind landing``: lands every topic in the warehouse, under a parent that restarts it; its rejects and gaps."""

import getpass
import os
import sys
import time
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from ops.cli.commands.offset import offset_of
from ops.cli.supervise import supervise
from ops.errors import OpsError
from ops.local.supervisor import Child
from schemas.events.dead_letter import DeadLetterReason
from streams.landing.mapping.tables import TABLE_OF_TOPIC
from streams.landing.settings import LandingSettings
from streams.mapping_settings import read_mapping
from streams.settings import KafkaSettings, read

app = typer.Typer(add_completion=False)
rejects = typer.Typer(help="Look at the records that no table took, and land them once they can.", no_args_is_help=True)
app.add_typer(rejects, name="rejects")

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]
Topics = Annotated[list[str] | None, typer.Option("--topic", help="Only this topic; may be repeated.")]
Reasons = Annotated[list[DeadLetterReason] | None, typer.Option("--reason", help="Only this reason; may be repeated.")]


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
    """Land events until stopped; what was landed is never landed again, whatever dies.

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
    read_mapping()
    command = [sys.executable, "-m", "streams.landing"]
    if once:
        os.execv(sys.executable, command)  # noqa: S606 - the same program, without a shell
    child = Child("landing", command, dict(os.environ))
    supervise([child], host=settings.host, port=settings.supervisor_port, variable="LEDGERMIND_LANDING_SUPERVISOR_PORT")


@rejects.command(name="list")
def list_(topic: Topics = None, reason: Reasons = None, limit: int = 50, as_json: Json = False) -> None:
    """List the newest records that no table took: where they lie, why, and since when; never what they hold.

    Example: ledgermind landing rejects list --topic transactions

    Exit codes: 0 listed, 1 a topic is unknown, 9 Postgres does not answer.
    """
    from ops.warehouse import landing_rejects  # noqa: PLC0415 - the parent of a landing needs no Kafka client

    found = landing_rejects.rejects(read(LandingSettings), topics=_known(topic), reasons=reason or ())
    for one in found[-limit:] if limit else found:
        if as_json:
            typer.echo(msgspec.json.encode(one).decode())
        else:
            at = f"{one.rejected_at:%Y-%m-%d %H:%M:%S%z}"
            typer.echo(f"{one.topic}/{one.partition}/{one.offset}  {one.reason}  {at}  {one.detail}")
    if not as_json:
        counts = Counter(f"{one.topic} {one.reason}" for one in found).most_common()
        said = ", ".join(f"{count:,} {name}" for name, count in counts)
        typer.echo(f"{len(found):,} rejects{': ' if said else ''}{said}")


@rejects.command()
def retry(
    topic: Topics = None,
    reason: Reasons = None,
    every: Annotated[bool, typer.Option("--all", help="All topics and reasons.")] = False,
    as_json: Json = False,
) -> None:
    """Land rejects that their table takes by now, each at most once; the others stay rejects.

    Example: ledgermind landing rejects retry --reason schema

    Exit codes: 0 done, 1 no choice or an unknown topic, 4 no broker answers, 9 Postgres does not answer.
    """
    from ops.warehouse import landing_rejects  # noqa: PLC0415 - the parent of a landing needs no Kafka client

    if every == bool(topic or reason):
        raise OpsError("say which rejects to land: --topic TOPIC or --reason REASON (may be repeated), or --all")
    settings = read(LandingSettings)
    chosen = landing_rejects.rejects(settings, topics=_known(topic), reasons=reason or ())
    done = landing_rejects.retry(read(KafkaSettings), settings, chosen)
    if as_json:
        said = {name: count for name, count in asdict(done).items() if count or name != "skipped"}
        typer.echo(msgspec.json.encode(said).decode())
    else:
        gone = f", {done.gone:,} lie no longer on their topic" if done.gone else ""
        skipped = f", {done.skipped:,} are skipped by the mapping" if done.skipped else ""
        typer.echo(f"{done.landed:,} rejects landed, {done.refused:,} are still refused{gone}{skipped}")


@app.command()
def positions(topic: Topics = None, as_json: Json = False) -> None:
    """Show the landed position of each partition beside the offsets that its topic has.

    Example: ledgermind landing positions --topic transactions

    Exit codes: 0 shown, 1 Postgres fails, 3 a topic is missing, 4 no broker answers.
    """
    from ops.warehouse import landing_positions  # noqa: PLC0415 - the parent of a landing needs no Kafka client

    for one in landing_positions.read_positions(read(KafkaSettings), read(LandingSettings), _known(topic)):
        if as_json:
            typer.echo(msgspec.json.encode({**asdict(one), "state": one.state}).decode())
        else:
            typer.echo(f"{one.topic}/{one.partition}  next {one.next}, topic has {one.first} to {one.end}  {one.state}")


@app.command()
def reset(
    topic: Annotated[str, typer.Option(help="The topic that has a gap.")],
    to: Annotated[str, typer.Option(help="earliest, end, or an offset that the broker has.")],
    reason: Annotated[str, typer.Option(help="Why; it is written down with the act.")],
    partition: Annotated[
        int | None, typer.Option(min=0, help="Its partition that has one; else every partition that has one.")
    ] = None,
    actor: Annotated[str, typer.Option(help="Who decides; else the user of this machine.")] = "",
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
        for one in landing_positions.read_positions(kafka, settings, _known([topic]))
        if one.partition == partition or (partition is None and one.state != landing_positions.ON_TOPIC)
    }
    partitions = sorted(ends) if partition is None else [partition]
    if not partitions:
        typer.echo(f"no partition of {topic} has a gap: nothing to reset")
    for at in partitions:
        moved = landing_reset.reset_landing(
            kafka,
            settings,
            topic=topic,
            partition=at,
            to=ends.get(at) if to == "end" else offset_of(to),
            reason=reason,
            actor=actor or getpass.getuser(),
            now=datetime.fromtimestamp(time.time(), UTC),
        )
        gap = moved.gap
        aside = f"; {moved.set_aside:,} rows set aside" if moved.set_aside else ""
        typer.echo(
            f"{topic} partition {at} goes on at {moved.to}, it stood at {gap.position}: {gap.skipped(moved.to):,} "
            f"offsets skipped, of which the broker had removed {gap.removed:,}{aside}"
        )
        if not moved.is_written_down:
            typer.echo("not written down: there is no rollout record yet that it could be linked to", err=True)


def _known(topics: list[str] | None) -> list[str]:
    unknown = sorted(set(topics or ()) - set(TABLE_OF_TOPIC))
    if unknown:
        raise OpsError(f"{', '.join(unknown)} is no topic of landing: {', '.join(TABLE_OF_TOPIC)}")
    return topics or []
