"""``ledgermind status``: the releases of the registry and what their gates said."""

from typing import Annotated

import msgspec
import typer

from ops.cli.options import Json
from scorer.release.promotion import standing
from scorer.release.registry import Listed, Registry
from streams.settings import read
from trainer.settings import TrainerSettings

app = typer.Typer(add_completion=False)


@app.command()
def status(
    *,
    registry: Annotated[str | None, typer.Option(help="Path or URI; else LEDGERMIND_REGISTRY.")] = None,
    as_json: Json = False,
) -> None:
    """List every release, oldest first, with its gate result and promotion.

    Example: ledgermind status

    Exit codes: 0 listed.
    """
    releases = Registry(registry or read(TrainerSettings).registry)
    listed, left = releases.list(), standing(releases.promotions())
    roles = {record.model_version: role for record, role in zip(left[::-1], ("promoted", "previous"), strict=False)}
    if as_json:
        rows = [
            {"model_version": x.version, "role": roles.get(x.version), "manifest": x.manifest, "fault": x.fault}
            for x in listed
        ]
        typer.echo(msgspec.json.encode(rows).decode())
        return
    if not listed:
        typer.echo("no release yet: run `ledgermind train`")
    for release in listed:
        role = roles.get(release.version)
        typer.echo(_line(release) + (f"  {role}" if role else ""))
    for record in left[::-1][:2]:
        if record.model_version not in {release.version for release in listed}:
            typer.echo(f"{record.model_version}  is promoted or was before, and is gone from the registry")


def _line(release: Listed) -> str:
    manifest = release.manifest
    if manifest is None:
        return f"{release.version}  unreadable: {release.fault}"
    numbers = f"macro-F1 {manifest.metrics['macro_f1']:.3f}  ECE {manifest.metrics['ece']:.3f}"
    muted = f"  muted: {', '.join(manifest.gate.muted)}" if manifest.gate.muted else ""
    muted += "  cold start" if manifest.bootstrap is not None and not manifest.bootstrap.real_rows else ""
    forced = "  forced" if manifest.forced is not None else ""
    return f"{release.version}  {manifest.gate.verdict:12} {manifest.gate.mode:6} {numbers}{muted}{forced}"
