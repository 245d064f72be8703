"""``ledgermind status``: the releases of the registry and what their gates said."""

from typing import Annotated

import msgspec
import typer

from ops.commands.options import Json
from scorer.registry import Listed, Registry
from streams.settings import read
from trainer.settings import TrainerSettings

app = typer.Typer(add_completion=False)


@app.command()
def status(
    *,
    registry: Annotated[str | None, typer.Option(help="Path or URI; else LEDGERMIND_REGISTRY.")] = None,
    as_json: Json = False,
) -> None:
    """List every release, oldest first."""
    listed = Registry(registry or read(TrainerSettings).registry).list()
    if as_json:
        rows = [{"model_version": x.version, "manifest": x.manifest, "fault": x.fault} for x in listed]
        typer.echo(msgspec.json.encode(rows).decode())
        return
    if not listed:
        typer.echo("no release yet: run `ledgermind train`")
    for release in listed:
        typer.echo(_line(release))


def _line(release: Listed) -> str:
    manifest = release.manifest
    if manifest is None:
        return f"{release.version}  unreadable: {release.fault}"
    numbers = f"macro-F1 {manifest.metrics['macro_f1']:.3f}  ECE {manifest.metrics['ece']:.3f}"
    muted = f"  muted: {', '.join(manifest.gate.muted)}" if manifest.gate.muted else ""
    forced = "  forced" if manifest.forced is not None else ""
    return f"{release.version}  {manifest.gate.verdict:12} {manifest.gate.mode:6} {numbers}{muted}{forced}"
