"""Supervise: what `worker` and `landing` share: a parent that keeps their processes running and exports how they do."""

from collections.abc import Sequence

import typer

from ops.local import supervisor_metrics
from ops.local.supervisor import Child, Supervisor


def supervise(children: Sequence[Child], *, host: str, port: int, variable: str) -> None:
    """Run children until a stop; ``variable`` names the setting of ``port``, at which 0 is no metrics of the parent."""
    fault = supervisor_metrics.serve(children, host=host, port=port) if port else None
    if fault is not None:
        typer.echo(f"no metrics of the parent, {fault}; give it another {variable}, or 0 for none", err=True)
    Supervisor(list(children), report=lambda line: typer.echo(line, err=True)).run()
