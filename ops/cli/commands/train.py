"""``ledgermind train``: train, calibrate, judge and write a release."""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final

import typer

from ops.cli.options import AsOf, Dsn, Json, Target, parse_as_of, postgres_dsn
from ops.cli.report import say
from ops.cli.rule_file import load_engine
from ops.errors import OpsError
from ops.training.train import bootstrap_release, train_from_mart
from ops.warehouse.build_lock import building
from ops.warehouse.dbt import TARGET
from scorer.release.manifest import Refit
from streams.settings import WorkerSettings, read
from trainer.dataset.folds import FoldBoundaries
from trainer.evaluation.gate_mode import GateMode
from trainer.evaluation.served import MEASURES, SOURCES
from trainer.fit.more_labels import LABELS
from trainer.fit.train import SEED
from trainer.release.registry import Registry
from trainer.run import TrainingRequest
from trainer.settings import TrainerSettings

NOT_PASSED: Final = 3  # exit code of a release that was written, and that its gate did not pass
app = typer.Typer(add_completion=False)


class FoldBoundaryError(OpsError):
    """Only one of two cut-offs was given."""

    exit_code = 2


@app.command()
def train(
    *,
    as_of: AsOf = None,
    gate: Annotated[GateMode | None, typer.Option(help="strict or mute; else ML_DEPLOY_GATE.")] = None,
    force: Annotated[
        str | None, typer.Option(help="Train although a check failed; the release keeps this reason.")
    ] = None,
    calibrate_from: Annotated[str | None, typer.Option(help="First day of the calibration fold.")] = None,
    gate_from: Annotated[str | None, typer.Option(help="First day of the gate fold.")] = None,
    registry: Annotated[str | None, typer.Option(help="Path or URI; else LEDGERMIND_REGISTRY.")] = None,
    bootstrap: Annotated[
        bool,
        typer.Option(
            "--bootstrap", help="Train without labels, from shipped word lists and simulated users; for shadow mode."
        ),
    ] = False,
    synthetic: Annotated[
        bool, typer.Option("--synthetic/--no-synthetic", help="Add synthetic rows where real ones are few.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Seed of all random numbers.")] = SEED,
    dsn: Dsn = None,
    target: Target = TARGET,
    as_json: Json = False,
) -> None:
    """Read the training mart, train a model, and write a release with its gate result.

    Example: ledgermind train --gate mute

    Exit codes: 0 the gate passed the release, 1 a check refuses the training, 3 the gate did not pass it, 9
    Postgres does not answer.
    """
    settings = read(TrainerSettings)
    request = TrainingRequest(
        as_of=parse_as_of(as_of) or datetime.now(UTC),  # noqa: TID251 - now is what the command means by default
        mode=gate or settings.deploy_gate,
        seed=seed,
        boundaries=_boundaries(calibrate_from, gate_from),
    )
    releases = Registry(registry or settings.registry)
    rules = load_engine(read(WorkerSettings).rules_file)
    database = postgres_dsn(dsn)
    if bootstrap:
        training = bootstrap_release(database, request, releases, rules=rules)
    else:
        with ExitStack() as mart:  # held until the mart is read: no build replaces it after its tests were looked at
            mart.enter_context(building(database, say=partial(typer.echo, err=True)))
            training = train_from_mart(
                database,
                target,
                request,
                releases,
                rules=rules,
                force=force,
                with_synthetic=synthetic,
                when_read=mart.close,
            )
    release = training.release
    manifest = release.manifest
    numbers = {name: manifest.metrics[name] for name in ("macro_f1", "accuracy", "ece", "coverage", "served_precision")}
    words = [
        f"{manifest.model_version}: {manifest.gate.verdict} ({manifest.gate.mode})",
        f"  macro-F1 {numbers['macro_f1']:.3f}, accuracy {numbers['accuracy']:.3f}, ECE {numbers['ece']:.3f}, "
        f"coverage {numbers['coverage']:.2f}, served precision {numbers['served_precision']:.3f}",
        *(f"  {line}" for line in served_by_source(manifest.metrics)),
        *(f"  {line}" for line in more_labels(manifest.metrics)),
        f"  {manifest.gate.scope(len(manifest.classes))}",
        *(f"  {reason}" for reason in manifest.gate.reasons),
        *_served(manifest.refit),
        *([f"  not in the warehouse: {training.unrecorded}"] if training.unrecorded else []),
        f"  {release.location}",
    ]
    summary: dict[str, int | float | str | bool | None] = {
        "model_version": manifest.model_version,
        "verdict": manifest.gate.verdict,
        "mode": manifest.gate.mode,
        "reasons": "; ".join(manifest.gate.reasons),
        "judged": len(manifest.gate.judged),
        "seen": len(manifest.gate.seen),
        "taxonomy": len(manifest.classes),
        "judged_share": manifest.gate.judged_share,
        "muted": ", ".join(manifest.gate.muted),
        "rows": training.rows,
        "served_rows": manifest.served_rows.rows,
        "refit_refused": "; ".join(manifest.refit.refused) if manifest.refit else "",
        "place": release.location,
        "seconds": round(training.seconds, 1),
        **numbers,
        **{name: value for name, value in manifest.metrics.items() if name.partition(":")[0] in SOURCES},
        **{name: value for name, value in manifest.metrics.items() if name.removeprefix("coverage ") in LABELS},
    }
    say("\n".join(words), summary, as_json=as_json)
    if not manifest.gate.may_serve:
        raise typer.Exit(NOT_PASSED)


def _served(refit: Refit | None) -> list[str]:
    """Return the line that says which rows taught the served model."""
    if refit is None:
        return []
    if not refit.is_served:
        return [f"  the refit on all rows was refused, the judged model is served: {'; '.join(refit.refused)}"]
    return [f"  served: fitted again on {refit.rows.rows:,} rows, {refit.rows.first_day} to {refit.rows.last_day}"]


def served_by_source(metrics: Mapping[str, float]) -> list[str]:
    """Return a line for everything that would be served and for each source of it; none if the rules were not asked."""
    lines = []
    for source in SOURCES:
        share, precision, low, high = (metrics.get(f"{source}: {name}") for name in MEASURES)
        if share is not None and precision is not None:
            interval = "" if low is None or high is None else f" ({low:.3f} to {high:.3f})"
            lines.append(f"{source}: {share:.2f} of the rows, precision {precision:.3f}{interval}")
    return lines


def more_labels(metrics: Mapping[str, float]) -> list[str]:
    """Return the line of what a bound costs and what more labels would bring, none where it was not counted."""
    found = {name: metrics.get(f"coverage {name}") for name in LABELS}
    if None in found.values():
        return []
    return [f"coverage of the model {', '.join(f'{name} {share:.2f}' for name, share in found.items())}"]


def _boundaries(calibrate_from: str | None, gate_from: str | None) -> FoldBoundaries | None:
    first, second = parse_as_of(calibrate_from), parse_as_of(gate_from)
    if first is None and second is None:
        return None
    if first is None or second is None:
        raise FoldBoundaryError("give --calibrate-from and --gate-from together, or neither")
    return FoldBoundaries(int(first.timestamp()), int(second.timestamp()))
