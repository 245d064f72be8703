"""``ledgermind verify-calibrator``: check a release, and print every finding."""

from pathlib import Path
from typing import Annotated

import typer

from ops.cli.options import Json
from ops.cli.report import say
from scorer.release.registry import Registry
from streams.settings import read
from trainer.release.verify import VerificationOutcome, VerificationResult, verify
from trainer.settings import TrainerSettings

app = typer.Typer(add_completion=False)


@app.command()
def verify_calibrator(
    path: Annotated[Path | None, typer.Argument(help="Release directory; else the newest of the registry.")] = None,
    *,
    registry: Annotated[str | None, typer.Option(help="Path or URI; else LEDGERMIND_REGISTRY.")] = None,
    as_json: Json = False,
) -> None:
    """Check the files and the calibration of a release and print each finding.

    Example: ledgermind verify-calibrator

    Exit codes: 0 no finding, 1 the release is broken, 2 there is nothing to verify yet.
    """
    finding = _of_path(path) if path is not None else _of_newest(registry)
    found = "nothing to verify" if finding.outcome is VerificationOutcome.NOTHING else finding.outcome.name.lower()
    lines = [f"{finding.version or 'no release'}: {found}", *(f"  {x}" for x in finding.faults)]
    summary: dict[str, int | float | str | bool | None] = {
        "outcome": finding.outcome.name.lower(),
        "model_version": finding.version,
        "faults": "; ".join(finding.faults),
    }
    say("\n".join(lines), summary, as_json=as_json)
    if finding.outcome is not VerificationOutcome.FINE:
        raise typer.Exit(int(finding.outcome))


def _of_path(path: Path) -> VerificationResult:
    if not path.is_dir():
        return VerificationResult(VerificationOutcome.NOTHING, None, (f"{path} is not a directory",))
    place = path.resolve()
    files = {entry.name: entry.read_bytes() for entry in sorted(place.iterdir()) if entry.is_file()}
    return verify(files, name=place.name)


def _of_newest(location: str | None) -> VerificationResult:
    registry = Registry(location or read(TrainerSettings).registry)
    versions = registry.versions()
    if not versions:
        return VerificationResult(
            VerificationOutcome.NOTHING,
            None,
            (f"registry {registry.location} holds no release yet: run `ledgermind train`",),
        )
    return verify(registry.read(versions[-1]), name=versions[-1])
