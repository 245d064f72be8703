"""``ledgermind console``: a read-only web page of the rollout and of everything around it."""

import os
from typing import Annotated

import typer

from ops.cli.commands.judge import FreshnessOption, PolicyOption, PrometheusOption
from ops.cli.options import Dsn
from ops.console.serve import serve
from ops.console.settings import PORT, ConsoleSettings
from ops.local.ports import LOOPBACK
from ops.rollout.policies import load_policy
from streams.settings import KafkaSettings, RegistrySettings, WorkerSettings, read

app = typer.Typer(add_completion=False)


@app.command()
def console(
    worker: Annotated[list[str] | None, typer.Option(help="Address of each worker; may be repeated.")] = None,
    prometheus: PrometheusOption = None,
    freshness: FreshnessOption = None,
    policy: PolicyOption = "default",
    registry: Annotated[str | None, typer.Option(help="Path or URI; else LEDGERMIND_REGISTRY.")] = None,
    dsn: Dsn = None,
    host: Annotated[str, typer.Option(help="Address to listen at; the console asks for no password.")] = LOOPBACK,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Host name that a request may ask for; may be repeated. Else any, on loopback its own names."
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0 for a free one.")] = PORT,
) -> None:
    """Serve a read-only web page of the rollout: share, verdict, traffic, history, releases and dead letters.

    A source that does not answer is named on the page, and the rest of the page stays. The console changes nothing
    and stores nothing.

    Example: ledgermind console --worker http://127.0.0.1:6066

    Exit codes: 0 stopped, 1 the port is taken, 2 an option is wrong.
    """
    settings = ConsoleSettings(
        kafka=read(KafkaSettings),
        registry=registry or read(RegistrySettings).registry,
        policy=load_policy(policy),
        workers=tuple(url.rstrip("/") for url in worker or ()),
        prometheus=prometheus,
        freshness=freshness,
        dsn=dsn or os.environ.get("LEDGERMIND_POSTGRES_DSN") or None,
        rules_file=read(WorkerSettings).rules_file,
        host=host,
        allowed_hosts=tuple(allowed_host or ()),
        port=port,
    )
    serve(settings, said=lambda address: typer.echo(f"console: {address}"))
