"""``ledgermind retrain``: everything from the newest data to a challenger in shadow, in one shot."""

import getpass
import os
import random
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from ops.cli.options import AsOf, Dsn, Json, Target, parse_as_of, postgres_dsn
from ops.cli.report import say
from ops.cli.rule_file import load_engine
from ops.errors import OpsError
from ops.local.ports import LOOPBACK
from ops.local.schedule import parse_duration
from ops.rollout.challenger import enter
from ops.rollout.policies import load_policy
from ops.training.retrain import RetrainStep, retrain
from ops.training.retrain_service import REFUSED_CODE, serve_retrainings
from ops.training.retrain_summary import write_summary
from ops.warehouse.dbt import TARGET, Warehouse
from streams.log import configure
from streams.settings import KafkaSettings, LogSettings, SuggestSettings, WorkerSettings, read
from trainer.evaluation.gate_mode import GateMode
from trainer.release.registry import Registry
from trainer.run import TrainingRequest
from trainer.settings import TrainerSettings

PORT: Final = 6072
app = typer.Typer(add_completion=False)


@app.command(name="retrain")
def retrain_command(
    *,
    as_of: AsOf = None,
    days: Annotated[int, typer.Option(min=1, help="Number of days for which features are computed.")] = 180,
    gate: Annotated[GateMode | None, typer.Option(help="strict or mute; else ML_DEPLOY_GATE.")] = None,
    challenger: Annotated[
        bool, typer.Option("--challenger/--no-challenger", help="Start a release that passed in the rollout, at 0 %.")
    ] = True,
    policy: Annotated[
        str, typer.Option(help="Rollout policy, by name or file; it says how long a canary may stay undecided.")
    ] = "default",
    summary_file: Annotated[
        Path | None, typer.Option("--summary", help="Append steps and result as Markdown to this file.")
    ] = None,
    every: Annotated[
        str | None,
        typer.Option(help="Retrain at this interval, such as 1d or 7d, and serve /metrics until stopped."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address where --every serves /metrics.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port for the same.")] = PORT,
    registry: Annotated[str | None, typer.Option(help="Path or URI; else LEDGERMIND_REGISTRY.")] = None,
    dsn: Dsn = None,
    target: Target = TARGET,
    as_json: Json = False,
) -> None:
    """Run features, freshness, warehouse build, training, verification and gate, then start the challenger.

    With --every, a refusal is tried again after a day and a failure after 15 minutes, or at the next regular time
    if that is sooner. The time of the last retraining is kept beside the dbt artefacts, so a restart does not train
    again.

    Example: ledgermind retrain --every 7d

    Exit codes: 0 a release passed, 3 a step refused and says why, 75 another retraining is running.
    """
    if every is not None:
        _retrain_every(
            every, as_of=as_of, days=days, gate=gate, challenger=challenger, policy=policy, registry=registry, dsn=dsn,
            target=target, at=(host, port),
        )  # fmt: skip
        return
    settings, kafka, rules = read(TrainerSettings), read(KafkaSettings), load_policy(policy)
    releases = Registry(registry or settings.registry)
    request = TrainingRequest(
        as_of=parse_as_of(as_of) or datetime.now(UTC),  # noqa: TID251 - now is what the command means by default
        mode=gate or settings.deploy_gate,
    )
    said: list[str] = []

    def tell(line: str) -> None:
        said.append(line)
        if not as_json:
            typer.echo(line)

    outcome = retrain(
        Warehouse(postgres_dsn(dsn), target),
        request,
        releases,
        rules=load_engine(read(WorkerSettings).rules_file),
        days=days,
        say=tell,
    )
    version = None if outcome.training is None else outcome.training.release.manifest.model_version
    words = f"{outcome.step} refused: {'; '.join(outcome.reasons)}"
    rollout_version: int | None = None
    if outcome.has_passed and version is not None:
        words = f"{RetrainStep.CHALLENGER}: {version} stays in the registry, as asked"
        if challenger:
            record = enter(
                version,
                kafka=kafka,
                suggest=read(SuggestSettings),
                registry=releases,
                actor=getpass.getuser(),
                undecided_days=rules.undecided_days,
            )
            rollout_version = None if record is None else record.version
            words = f"{RetrainStep.CHALLENGER}: {version} is in shadow since rollout version {rollout_version}"
            if record is None:
                words = (
                    f"{RetrainStep.CHALLENGER}: {version} waits in the registry, another canary is under way; a newer"
                )
                words += f" release takes its place once it was undecided for {rules.undecided_days:g} days"
    summary: dict[str, int | float | str | bool | None] = {
        "passed": outcome.has_passed,
        "step": outcome.step.value,
        "reasons": "; ".join(outcome.reasons),
        "model_version": version,
        "rollout_version": rollout_version,
    }
    if summary_file is not None:
        write_summary(summary_file, [*said, words], outcome)
    say(words, summary, as_json=as_json)
    if not outcome.has_passed:
        raise typer.Exit(REFUSED_CODE)


def _retrain_every(
    every: str,
    *,
    as_of: str | None,
    days: int,
    gate: GateMode | None,
    challenger: bool,
    policy: str,
    registry: str | None,
    dsn: str | None,
    target: Path,
    at: tuple[str, int],
) -> None:
    if as_of is not None:
        raise OpsError("--every trains on what is known by then: leave --as-of out")
    seconds = parse_duration(every, option="--every")
    configure(program="retrain", worker="", level=read(LogSettings).level)
    os.environ["LEDGERMIND_POSTGRES_DSN"] = postgres_dsn(dsn)  # an argument would show it to every user of the machine
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    words = ["--days", str(days), "--policy", policy, "--target", str(target)]
    words += [] if gate is None else ["--gate", gate.value]
    words += [] if registry is None else ["--registry", registry]
    words += ["--challenger" if challenger else "--no-challenger"]
    serve_retrainings(
        [sys.executable, "-c", "from ops.cli.__main__ import main; main()", "retrain", *words],
        every_seconds=seconds,
        target=target,
        host=at[0],
        port=at[1],
        stopping=stopping,
        dice=random.Random(),
    )
