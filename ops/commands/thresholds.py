"""``ledgermind thresholds``: the bar of every category, and what it rests on."""

from typing import Annotated

import msgspec
import typer

from ops.commands.options import Json
from ops.release_choice import choose_release
from schemas.taxonomy import CATEGORIES
from scorer.thresholds import MUTED, Threshold
from streams.settings import read
from trainer.settings import TrainerSettings

app = typer.Typer(add_completion=False)


@app.command()
def thresholds(
    *,
    version: Annotated[str | None, typer.Option(help="Which release; else the newest that loads.")] = None,
    registry: Annotated[str | None, typer.Option(help="Path or URI; else LEDGERMIND_REGISTRY.")] = None,
    as_json: Json = False,
) -> None:
    """Show the thresholds in force; those of SUGGEST_THRESHOLDS_JSON say so."""
    release = choose_release(read(TrainerSettings), version=version, registry=registry)
    if as_json:
        typer.echo(msgspec.json.encode({"model_version": release.version, "thresholds": release.thresholds}).decode())
        return
    typer.echo(f"{release.version}, wanted precision {release.thresholds.wanted_precision:.2f}")
    if (unknown := release.thresholds.unknown) is not None:
        typer.echo(f"{'merchants without a history':26} {_words(unknown)}")
    typer.echo(f"{'no known word, only parts':26} {_value(release.thresholds.fragments)}")
    for category in CATEGORIES:
        typer.echo(f"{category.value:26} {_words(release.thresholds.by_category[category])}")


def _words(bar: Threshold) -> str:
    measured = "" if bar.precision is None else f"  precision {bar.precision:.3f} on {bar.rows} rows"
    unknown = "" if bar.unknown is None else f"  {_value(bar.unknown)} for merchants without a history"
    return f"{_value(bar.value):6}{measured}{unknown}{'  (' + bar.note + ')' if bar.note else ''}"


def _value(value: float) -> str:
    return "muted" if value >= MUTED else f"{value:.3f}"
