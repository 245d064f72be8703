"""Warehouse services: what ``ledgermind warehouse`` runs until it is stopped: the exporter, builds at an interval."""

import os
import random
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Annotated

import typer

from ops.cli.options import AsOf, Dsn, Target, parse_as_of, postgres_dsn
from ops.errors import OpsError
from ops.local.ports import LOOPBACK
from ops.local.schedule import parse_duration
from ops.warehouse.build_service import serve_builds
from ops.warehouse.dbt import TARGET, Warehouse
from ops.warehouse.exporter import EVERY_SECONDS, WarehouseCollector, serve, write_textfile
from ops.warehouse.skew import served_codes
from scorer.release.registry import Registry
from streams.log import configure
from streams.settings import LogSettings, read
from trainer.settings import TrainerSettings

RegistryOption = Annotated[str | None, typer.Option("--registry", help="Path or URI; else LEDGERMIND_REGISTRY.")]


def export(
    *,
    textfile: Annotated[
        Path | None, typer.Option(help="Measure once and write the metrics to this file, for a textfile collector.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address where to serve /metrics.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 6070,
    every: Annotated[float, typer.Option(min=1, help="Seconds between two measurements.")] = EVERY_SECONDS,
    registry: RegistryOption = None,
    dsn: Dsn = None,
    as_of: AsOf = None,
    target: Target = TARGET,
) -> None:
    """Export metrics of freshness, the last dbt run, trainings and skew.

    The command answers a port until it is stopped, or writes one file. If the warehouse cannot be reached, its
    sources are reported as unmeasured.

    Example: ledgermind warehouse export

    Exit codes: 0 stopped or written.
    """
    releases = open_registry(registry)
    collector = WarehouseCollector(
        Warehouse(postgres_dsn(dsn), target), codes=lambda: served_codes(releases), now=time.time, every_seconds=every
    )
    if textfile is not None:
        collector.measure(parse_as_of(as_of))
        write_textfile(collector, textfile)
        return
    configure(program="exporter", worker="", level=read(LogSettings).level)
    stop = _until_stopped()
    serve(collector, host, port, every_seconds=every, stop=stop)


def build_every(
    every: str,
    *,
    select: list[str] | None,
    full_refresh: bool,
    as_of: str | None,
    dsn: str | None,
    target: Path,
    at: tuple[str, int],
) -> None:
    """Build at an interval and serve /metrics ``at`` a host and port, until stopped."""
    if full_refresh or as_of is not None:
        raise OpsError("--every builds what is new as of now: leave --full-refresh and --as-of out")
    seconds = parse_duration(every, option="--every")
    configure(program="build", worker="", level=read(LogSettings).level)
    os.environ["LEDGERMIND_POSTGRES_DSN"] = postgres_dsn(dsn)  # an argument would show it to every user of the machine
    selected = [word for one in select or () for word in ("--select", one)]
    serve_builds(
        [
            sys.executable,
            "-c",
            "from ops.cli.__main__ import main; main()",
            "warehouse",
            "build",
            "--target",
            str(target),
            *selected,
        ],
        every_seconds=seconds,
        log_file=target / "build.log",
        host=at[0],
        port=at[1],
        stopping=_until_stopped(),
        dice=random.Random(),
    )


def open_registry(given: str | None) -> Registry:
    """Return the registry that was given, else the environment's."""
    return Registry(given or read(TrainerSettings).registry)


def _until_stopped() -> threading.Event:
    """Return an event that a signal to stop sets."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
