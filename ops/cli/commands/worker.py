"""``ledgermind worker``: runs scoring workers under a parent that restarts them."""

import os
import socket
import sys
from typing import Annotated

import typer

from ops.cli.supervise import supervise
from ops.local.supervisor import Child
from streams.settings import KafkaSettings, SuggestSettings, WorkerSettings, read

app = typer.Typer()


@app.command()
def worker(
    processes: Annotated[
        int, typer.Option(min=1, max=64, help="Number of worker processes; at most one per core is useful.")
    ] = 1,
) -> None:
    """Run scoring workers; each has its own stable name and its own port for /metrics, /live and /ready.

    A parent process restarts a worker that exits.

    Example: ledgermind worker --processes 2

    Exit codes: 0 stopped, others as docs/EXIT_CODES.md lists them.
    """
    settings = read(WorkerSettings)
    read(KafkaSettings)
    read(SuggestSettings)
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
