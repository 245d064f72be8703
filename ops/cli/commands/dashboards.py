"""``ledgermind dashboards``: the dashboards, brought into a Grafana of one's own."""

from typing import Annotated

import msgspec
import typer

from ops.cli.options import Json
from ops.monitoring.grafana_import import DASHBOARDS, GrafanaSettings, import_dashboards
from streams.settings import read

app = typer.Typer(help="Import the dashboards into your Grafana.", no_args_is_help=True, add_completion=False)


@app.callback()
def group() -> None:
    """Import the dashboards into your Grafana."""


@app.command(name="import")
def import_(
    names: Annotated[list[str] | None, typer.Argument(help=f"{', '.join(DASHBOARDS)}; all if none is named.")] = None,
    as_json: Json = False,
) -> None:
    """Create or overwrite dashboards through the HTTP API of Grafana.

    LEDGERMIND_GRAFANA_URL names the server, LEDGERMIND_GRAFANA_TOKEN holds a token.

    Example: ledgermind dashboards import

    Exit codes: 0 imported, 2 a name or a variable is wrong, 4 Grafana refuses or cannot be reached.
    """
    addresses = import_dashboards(read(GrafanaSettings), list(names or ()))
    if as_json:
        typer.echo(msgspec.json.encode({"imported": addresses}).decode())
    else:
        for address in addresses:
            typer.echo(address)
