"""``ledgermind retrain``: everything from the newest data to a challenger in shadow, in one shot."""

import getpass
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from ops.challenger import enter
from ops.commands.options import AsOf, Dsn, Json, Target, parse_as_of, postgres_dsn
from ops.commands.report import say
from ops.commands.rule_file import load_engine
from ops.dbt import TARGET, Warehouse
from ops.judge.policies import load_policy
from ops.retrain import Step, retrain
from streams.settings import KafkaSettings, SuggestSettings, WorkerSettings, read
from trainer.mode import Mode
from trainer.produce import Request
from trainer.registry import Registry
from trainer.settings import TrainerSettings

REFUSED: Final = 3  # exit code where there is no new challenger, for a reason that stands in the output
app = typer.Typer(add_completion=False)


@app.command(name="retrain")
def retrain_command(
    *,
    as_of: AsOf = None,
    days: Annotated[int, typer.Option(min=1, help="How far back features are made.")] = 180,
    gate: Annotated[Mode | None, typer.Option(help="strict or mute; else ML_DEPLOY_GATE.")] = None,
    challenger: Annotated[
        bool, typer.Option("--challenger/--no-challenger", help="Let a release that passed enter the rollout at 0 %.")
    ] = True,
    policy: Annotated[
        str, typer.Option(help="Rollout policy that says how long a canary may stay undecided: a name, or a file.")
    ] = "default",
    registry: Annotated[str | None, typer.Option(help="Path or URI; else LEDGERMIND_REGISTRY.")] = None,
    dsn: Dsn = None,
    target: Target = TARGET,
    as_json: Json = False,
) -> None:
    """Features, freshness, warehouse, training, verification, gate, challenger.

    Exits 0 where a release passed, 3 where a step refused and says why, 75 where another retraining is under way.
    """
    settings, kafka, rules = read(TrainerSettings), read(KafkaSettings), load_policy(policy)
    releases = Registry(registry or settings.registry)
    request = Request(
        as_of=parse_as_of(as_of) or datetime.now(UTC),  # noqa: TID251 - now is what the command means by default
        mode=gate or settings.deploy_gate,
    )
    outcome = retrain(
        Warehouse(postgres_dsn(dsn), target),
        request,
        releases,
        rules=load_engine(read(WorkerSettings).rules_file),
        days=days,
        say=lambda line: None if as_json else typer.echo(line),
    )
    version = None if outcome.training is None else outcome.training.produced.manifest.model_version
    words = f"{outcome.step} refused: {'; '.join(outcome.reasons)}"
    rollout_version: int | None = None
    if outcome.has_passed and version is not None:
        words = f"{Step.CHALLENGER}: {version} stays in the registry, as asked"
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
            words = f"{Step.CHALLENGER}: {version} is in shadow since rollout version {rollout_version}"
            if record is None:
                words = f"{Step.CHALLENGER}: {version} waits in the registry, another canary is under way; a newer"
                words += f" release takes its place once it was undecided for {rules.undecided_days:g} days"
    summary: dict[str, int | float | str | bool | None] = {
        "passed": outcome.has_passed,
        "step": outcome.step.value,
        "reasons": "; ".join(outcome.reasons),
        "model_version": version,
        "rollout_version": rollout_version,
    }
    say(words, summary, as_json=as_json)
    if not outcome.has_passed:
        raise typer.Exit(REFUSED)
