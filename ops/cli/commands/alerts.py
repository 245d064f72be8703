"""``ledgermind alerts``: where alerts are sent to."""

import os
from pathlib import Path

import typer

from ops.atomic_file import write_whole
from ops.monitoring.alert_routes import render
from ops.monitoring.alert_settings import AlertSettings
from streams.settings import read

app = typer.Typer(help="Say where alerts are sent to.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Say where alerts are sent to."""


@app.command()
def routes(
    output: str = typer.Option("-", help="File to write, readable by its owner alone; - prints it."),
) -> None:
    """Write Alertmanager's configuration, its receivers (webhook, e-mail) filled in from LEDGERMIND_ALERT_*."""
    text = render(read(AlertSettings)).encode()
    os.umask(0o077)  # it may hold a password
    with write_whole(Path(output)) as file:
        file.write(text)
