"""``ledgermind alerts``: where alerts are sent to."""

import os
from pathlib import Path

import typer

from ops.atomic_file import write_whole
from ops.monitoring.alert_routes import render
from ops.monitoring.alert_settings import AlertSettings
from streams.settings import read

app = typer.Typer(help="Write the Alertmanager configuration.", no_args_is_help=True, add_completion=False)


@app.callback()
def group() -> None:
    """Write the Alertmanager configuration."""


@app.command()
def routes(
    output: str = typer.Option("-", help="File to write, readable by its owner only; - prints it."),
) -> None:
    """Write the Alertmanager configuration with receivers filled in from LEDGERMIND_ALERT_* variables.

    The receivers are webhooks and e-mail addresses. A severity without a receiver is sent to nobody.

    Example: ledgermind alerts routes --output alertmanager.yml

    Exit codes: 0 written, 2 a variable is wrong.
    """
    text = render(read(AlertSettings)).encode()
    os.umask(0o077)  # it may hold a password
    with write_whole(Path(output)) as file:
        file.write(text)
