"""``ledgermind worker``: runs scoring workers under a parent that restarts them, and moves them on behind a gap."""

import getpass
import os
import socket
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from ops.cli.commands.offset import offset_of
from ops.cli.options import Json
from ops.cli.supervise import supervise
from ops.local.supervisor import Child
from streams.format_settings import read_formats
from streams.settings import KafkaSettings, SuggestSettings, WorkerSettings, read

app = typer.Typer(invoke_without_command=True, add_completion=False)


@app.callback()
def worker(
    context: typer.Context,
    processes: Annotated[
        int, typer.Option(min=1, max=64, help="Number of worker processes; at most one per core is useful.")
    ] = 1,
    mapping: Annotated[
        str | None, typer.Option(help="A mapping by name or file, as LEDGERMIND_MAPPING; see docs/MAPPING.md.")
    ] = None,
) -> None:
    """Run scoring workers; each has its own stable name and its own port for /metrics, /live and /ready.

    A parent process restarts a worker that exits.

    Example: ledgermind worker --processes 2

    Exit codes: 0 stopped, others as docs/EXIT_CODES.md lists them.
    """
    if context.invoked_subcommand is not None:
        return
    if mapping is not None:
        os.environ["LEDGERMIND_MAPPING"] = mapping
    settings = read(WorkerSettings)
    read(KafkaSettings)
    read(SuggestSettings)
    read_formats()  # nonsense in it stops the parent, not each child in turn
    base = os.environ.get("LEDGERMIND_WORKER_NAME", socket.gethostname())
    children = [
        Child(
            name := f"{base}-{index}",
            [sys.executable, "-m", "streams.worker"],
            os.environ | {"LEDGERMIND_WORKER_NAME": name, "LEDGERMIND_WORKER_PORT": str(settings.port + index)},
        )
        for index in range(processes)
    ]
    for child in children:
        typer.echo(f"{child.name}: http://{settings.host}:{child.environment['LEDGERMIND_WORKER_PORT']}/metrics")
    supervise(children, host=settings.host, port=settings.supervisor_port, variable="LEDGERMIND_WORKER_SUPERVISOR_PORT")


@app.command()
def reset(
    partition: Annotated[
        int, typer.Option(min=0, help="Partition of transactions that the worker has stopped reading.")
    ],
    to: Annotated[str, typer.Option(help="earliest, an offset that the broker has, or answered.")],
    reason: Annotated[str, typer.Option(help="Reason; the record of the act keeps it.")],
    actor: Annotated[
        str, typer.Option(help="Name of the person or program that decides; else the user of this machine.")
    ] = "",
    wait_seconds: Annotated[float, typer.Option(min=1, help="How long to wait for the partition's owner.")] = 60.0,
    as_json: Json = False,
) -> None:
    """Continue a partition whose next records were removed before a worker read them, or whose position was lost.

    A position is lost where the group was deleted, or stood idle for longer than the broker keeps positions; answered
    is the first offset behind the last answer. earliest answers once more what was answered.

    The worker that owns the partition does it, in a transaction of its own, and records the act
    (ledgermind rollout history --all).

    Example: ledgermind worker reset --partition 3 --to earliest --reason "retention was an hour by mistake"

    Exit codes: 0 the partition continues, 1 it has no gap or no worker carried it out in time, 4 no broker answers.
    """
    from ops.kafka.worker_reset import reset_worker  # noqa: PLC0415 - the parent of workers needs no Kafka client

    moved = reset_worker(
        read(KafkaSettings),
        group=read(WorkerSettings).group,
        partition=partition,
        to="answered" if to == "answered" else offset_of(to, or_else="answered"),
        reason=reason,
        actor=actor or getpass.getuser(),
        now=datetime.fromtimestamp(time.time(), UTC),
        seconds=wait_seconds,
    )
    if as_json:
        skipped = max(0, moved.to - moved.start)
        typer.echo(msgspec.json.encode({**asdict(moved), "skipped": skipped}).decode())
        return
    typer.echo(moved.message)
