"""``ledgermind evaluate``: what a release is worth on labels that it has not learned."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from ops.cli.options import AsOf, Dsn, Json, parse_as_of, postgres_dsn
from ops.cli.report import say
from ops.releases.lookup import choose_release
from ops.training.evaluation import Evaluation, evaluate_release
from streams.settings import read
from trainer.settings import TrainerSettings

app = typer.Typer(add_completion=False)


@app.command()
def evaluate(
    *,
    version: Annotated[str | None, typer.Option(help="Version of the release; else the newest that loads.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="Number of newest labels to compare.")] = 50_000,
    registry: Annotated[str | None, typer.Option(help="Path or URI; else LEDGERMIND_REGISTRY.")] = None,
    dsn: Dsn = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Compare a release with labels that were first observed after its training.

    Labels that a rule made are left out.

    Example: ledgermind evaluate --rows 10000

    Exit codes: 0 compared, 1 refused, 2 there is no such label yet, 9 Postgres does not answer.
    """
    release = choose_release(read(TrainerSettings), version=version, registry=registry)
    until = parse_as_of(as_of) or datetime.now(UTC)  # noqa: TID251 - now is what the command means by default
    found = evaluate_release(postgres_dsn(dsn), release, until=until, rows=rows)
    view = found.measured
    summary: dict[str, int | float | str | bool | None] = {
        "model_version": release.version,
        "learned_until": found.learned_until.isoformat(),
        "until": found.until.isoformat(),
        "rows": view.rows,
        "macro_f1": round(view.macro_f1, 6),
        "accuracy": round(view.accuracy, 6),
        "ece": round(view.ece, 6),
        "coverage": round(view.coverage, 6),
        "served_precision": None if view.served_precision is None else round(view.served_precision, 6),
    }
    say("\n".join(_words(release.version, found, release.manifest.metrics)), summary, as_json=as_json)


def _words(version: str, found: Evaluation, at_the_gate: dict[str, float]) -> list[str]:
    """Return the report; beside each number stands what the gate fold of the training gave."""
    view = found.measured
    span = f"{found.learned_until:%Y-%m-%d} to {found.until:%Y-%m-%d}"
    numbers = {
        "macro_f1": view.macro_f1,
        "accuracy": view.accuracy,
        "ece": view.ece,
        "coverage": view.coverage,
        "served_precision": view.served_precision,
    }
    lines = [f"{version} on {view.rows:,} labels first observed from {span}", f"{'':26} {'now':>7} {'gate fold':>10}"]
    for name, value in numbers.items():
        lines.append(f"{name:26} {_share(value):>7} {_share(at_the_gate.get(name)):>10}")
    lines.append(f"{'category':26} {'rows':>7} {'precision':>10} {'recall':>7} {'F1':>7}")
    return lines + [
        f"{one.category:26} {one.support:>7,} {one.precision:>10.3f} {one.recall:>7.3f} {one.f1:>7.3f}"
        for one in sorted(view.categories, key=lambda report: -report.support)
    ]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
