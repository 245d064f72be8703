"""``ledgermind dashboards``: the dashboards, brought into a Grafana of one's own."""

from typing import Annotated

import typer

from ops.monitoring.grafana_import import DASHBOARDS, GrafanaSettings, import_dashboards
from streams.settings import read

app = typer.Typer(help="Bring the dashboards into a Grafana of your own.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Bring the dashboards into a Grafana of your own."""


@app.command(name="import")
def import_(
    names: Annotated[list[str] | None, typer.Argument(help=f"{', '.join(DASHBOARDS)}; all if none is named.")] = None,
) -> None:
    """Create or overwrite dashboards by Grafana's HTTP API, at LEDGERMIND_GRAFANA_URL with LEDGERMIND_GRAFANA_TOKEN."""
    for address in import_dashboards(read(GrafanaSettings), list(names or ())):
        typer.echo(address)
