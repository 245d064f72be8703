"""``ledgermind landing``: lands every topic in the warehouse, under a parent that restarts it."""

import os
import sys
from typing import Annotated

import typer

from ops.supervise import Child, Supervisor
from streams.landing_settings import LandingSettings
from streams.settings import KafkaSettings, read

app = typer.Typer(add_completion=False)


@app.command()
def landing(
    once: Annotated[
        bool, typer.Option("--once", help="Without a parent: one process, ended by its first error.")
    ] = False,
) -> None:
    """Land events until stopped; what was landed is never landed again, whatever dies."""
    read(LandingSettings)
    read(KafkaSettings)
    command = [sys.executable, "-m", "streams.landing"]
    if once:
        os.execv(sys.executable, command)  # noqa: S606 - the same program, without a shell
    child = Child("landing", command, dict(os.environ))
    Supervisor([child], report=lambda line: typer.echo(line, err=True)).run()
