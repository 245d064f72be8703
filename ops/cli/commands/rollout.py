"""``ledgermind rollout``: looks at the rollout record, and appends to it."""

import getpass
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from ops.cli.commands.backtest import backtest_command
from ops.cli.commands.judge import (
    TIMEOUT_SECONDS,
    FreshnessOption,
    PolicyOption,
    PrometheusOption,
    TimeoutOption,
    WorkerOption,
    judge_command,
    read_records,
    read_rollout,
)
from ops.cli.commands.rollout_status import look_now, show_records, status_command
from ops.cli.options import Dsn
from ops.errors import OpsError
from ops.releases.serving_check import require_servable
from ops.rollout.audit import entry_faults, verdict_faults
from ops.rollout.challenger import succeed
from ops.rollout.decision_log import chain_faults, read_entries
from ops.rollout.evaluate import NO_RECORD, Look
from ops.rollout.policies import load_policy
from ops.rollout.promotion_check import CriteriaNotHeldError, require_criteria
from schemas.events.rollout import Act, ActKind, ArmPolicy, RolloutRecord
from scorer.release.registry import Registry
from scorer.rollout.policy import Policy
from streams.errors import RolloutRecordError, SettingsError
from streams.rollout.change import Change, first_record, parse_percent, successor
from streams.rollout.overrides import read_change
from streams.rollout.release_model import Releases
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings, RegistrySettings, SuggestSettings, read

MAX_FINDINGS: Final = 10  # that verify names; the count of the others follows
MAX_CHARACTERS: Final = 200  # of a finding in the record that answers it

app = typer.Typer(help="Show and change which users a release serves.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reason = Annotated[str, typer.Option(help="Reason; the rollout record keeps it.")]
Expect = Annotated[int | None, typer.Option(help="Refuse if the active record has another version.")]
Actor = Annotated[str, typer.Option(help="Name of the person or program that decides.")]
Override = Annotated[
    str | None, typer.Option(help="Reason to continue although criteria do not hold; the rollout record keeps it.")
]


@app.command()
def history(
    every: Annotated[
        bool, typer.Option("--all", help="Also list acts of operators: pause, resume, requeue, reset, repair.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the rollout records, oldest first.

    Example: ledgermind rollout history --all

    Exit codes: 0 listed, 4 no broker answers, 8 a record cannot be read.
    """
    records = read_records()
    show_records([record for record in records if every or record.act is None], as_json=as_json, with_acts=every)


@app.command()
def verify(
    journal: Annotated[
        Path | None, typer.Option(help="Decision log of a judge; its hash chain and verdicts are verified as well.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify the hash chain, and compute every verdict again from its evidence.

    The command names the offset of each record that is no record, breaks the chain or cannot be read, and says
    which records retention removed; ledgermind rollout repair answers them.

    Example: ledgermind rollout verify

    Exit codes: 0 all is right, 4 no broker answers, 8 the chain or a verdict is broken.
    """
    rollout = read_rollout()
    records = rollout.records
    entries = [] if journal is None else list(read_entries(journal))
    findings = list(rollout.findings())
    faults = findings + verdict_faults(records) + entry_faults(entries)
    faults += [] if journal is None else [f"{journal}: {fault}" for fault in chain_faults(journal)]
    if faults:
        more = [f"and {len(faults) - MAX_FINDINGS} more"] if len(faults) > MAX_FINDINGS else []
        hint = ["workers go on; ledgermind rollout repair --reason … answers these"] if findings else []
        raise RolloutRecordError("; ".join([*faults[:MAX_FINDINGS], *more, *hint]))
    head = records[-1].hash if records else None
    verdicts = sum(record.verdict is not None for record in records) + len(entries)
    answer: dict[str, str | int | None] = {
        "records": len(records),
        "chain": "unbroken",
        "verdicts": verdicts,
        "head": head,
    }
    _print(answer, as_json=as_json)


@app.command()
def init(
    actor: Actor = "",
    canary: Annotated[str | None, typer.Option(help="Release for the canary; else the newest that loads.")] = None,
    as_json: Json = False,
) -> None:
    """Write record 0 from the environment, unless a record exists.

    Example: ledgermind rollout init

    Exit codes: 0 a record exists, 3 the release may not be served, 4 no broker answers.
    """
    suggest, registry, by = read(SuggestSettings), read(RegistrySettings), actor or getpass.getuser()
    model = Releases(registry).newest() if canary is None else canary or None
    writer = Writer(read(KafkaSettings))
    if writer.history.latest is None:
        proposed = first_record(suggest, canary_model=model, actor=by, now=_now())
        require_servable(proposed, Registry(registry.registry))
    show_records([writer.begin(suggest, canary_model=model, actor=by, now=_now())], as_json=as_json)


@app.command(name="set")
def set_(
    reason: Reason,
    percent: Annotated[
        str | None, typer.Argument(help="Percentage of users in the canary, 0 to 100; default: unchanged.")
    ] = None,
    actor: Actor = "",
    expect_version: Expect = None,
    canary: Annotated[str | None, typer.Option(help="Release of the canary; '' for none.")] = None,
    control: Annotated[str | None, typer.Option(help="Release of control, the champion; '' for none.")] = None,
    shadow: Annotated[
        bool | None, typer.Option("--shadow/--no-shadow", help="Also score the users of control.")
    ] = None,
    shadow_percent: Annotated[
        str | None, typer.Option(help="Percentage of users that shadow mode scores, 0 to 100.")
    ] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(help="CATEGORY=0 to 1: confidence that an answer needs, in place of the release's threshold."),
    ] = None,
    no_threshold: Annotated[list[str] | None, typer.Option(help="Remove the threshold of a category.")] = None,
    floor: Annotated[
        list[str] | None,
        typer.Option(help="CATEGORY=0 to 1: lowest allowed threshold; a release may have a higher one."),
    ] = None,
    no_floor: Annotated[list[str] | None, typer.Option(help="Remove the floor of a category.")] = None,
    rule_floor: Annotated[
        list[str] | None,
        typer.Option(
            help="CATEGORY=0 to 1, or all=0 to 1: probability that a model must give a category for a rule's answer of "
            "it to be served, in place of the release's rule floor; 0 serves any."
        ),
    ] = None,
    no_rule_floor: Annotated[
        list[str] | None, typer.Option(help="Remove the rule floor of a category, or of all.")
    ] = None,
    mute: Annotated[list[str] | None, typer.Option(help="Serve no prediction of this category.")] = None,
    unmute: Annotated[list[str] | None, typer.Option(help="Remove a mute.")] = None,
    override: Override = None,
    worker: WorkerOption = None,
    prometheus: PrometheusOption = None,
    freshness: FreshnessOption = None,
    policy: PolicyOption = "default",
    timeout: TimeoutOption = TIMEOUT_SECONDS,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Change the share of users in the canary, or what may be served.

    For a larger share, the criteria of the policy are evaluated first. If one does not hold or was not measured,
    nothing is written, unless --override gives a reason. A smaller share needs no criteria.

    A canary with 100 % becomes the champion of control when the next canary is named. Thresholds, floors, rule
    floors and mutes apply to every release and worker until they are removed; each option may be repeated.

    Example: ledgermind rollout set 10 --reason "shadow looked well" --worker http://127.0.0.1:6066

    Exit codes: 0 written, 3 a release may not be served, 4 no broker answers, 10 a criterion does not hold.
    """
    overrides = read_change(
        threshold=threshold or (),
        no_threshold=no_threshold or (),
        floor=floor or (),
        no_floor=no_floor or (),
        rule_floor=rule_floor or (),
        no_rule_floor=no_rule_floor or (),
        mute=mute or (),
        unmute=unmute or (),
    )
    if overrides.is_empty and {percent, canary, control, shadow, shadow_percent} == {None}:
        raise SettingsError("nothing would change: give a share, --canary, --threshold, --mute or another option")
    change = Change(
        actor=actor or getpass.getuser(),
        reason=reason,
        percent=None if percent is None else parse_percent(percent),
        shadow=shadow,
        shadow_percent=None if shadow_percent is None else parse_percent(shadow_percent),
        canary=None if canary is None else ArmPolicy(canary or None),
        control=None if control is None else ArmPolicy(control or None),
        overrides=overrides,
        expect_version=expect_version,
    )
    writer, now = Writer(read(KafkaSettings)), _now()
    if writer.history.latest is not None:
        change = succeed(change, writer.history.latest)
        proposed = successor(writer.history.latest, change, now=now)
        if {percent, canary, control} != {None}:  # a mute waits for no registry
            require_servable(proposed, Registry(read(RegistrySettings).registry))
        rules = load_policy(policy)

        def look() -> Look:
            return look_now(rules, timeout, worker=worker, prometheus=prometheus, freshness=freshness, dsn=dsn)

        change = _checked(change, writer.history.latest, proposed, rules, look, override=override, as_json=as_json)
    show_records([writer.change(change, now=now)], as_json=as_json)


@app.command()
def rollback(reason: Reason, actor: Actor = "", expect_version: Expect = None, as_json: Json = False) -> None:
    """Set the canary to 0 % and keep it in shadow mode; workers follow within a second.

    Example: ledgermind rollout rollback --reason "complaints"

    Exit codes: 0 written, 4 no broker answers.
    """
    change = Change(
        actor=actor or getpass.getuser(), reason=reason, percent="0.00", shadow=True, expect_version=expect_version
    )
    show_records([Writer(read(KafkaSettings)).change(change, now=_now())], as_json=as_json)


@app.command()
def repair(reason: Reason, actor: Actor = "", as_json: Json = False) -> None:
    """Append a record that answers the findings of rollout verify; it changes nobody's share.

    The record links to the newest one of the chain. If that one cannot be read, control serves all users, and the
    rollout continues from the last readable record at 0 %.

    Example: ledgermind rollout repair --reason "retention removed records"

    Exit codes: 0 written or nothing to repair, 4 no broker answers.
    """
    writer = Writer(read(KafkaSettings))
    findings = list(writer.history.findings())
    if not findings:
        raise OpsError("there is nothing to repair: ledgermind rollout verify finds nothing on the topic")
    details = {"findings": str(len(findings)), "first": findings[0][:MAX_CHARACTERS]}
    change = Change(
        actor=actor or getpass.getuser(), reason=reason, act=Act(kind=ActKind.REPAIR.value, details=details)
    )
    show_records([writer.change(change, now=_now())], as_json=as_json)


@app.command()
def advance(
    reason: Reason,
    actor: Actor = "",
    expect_version: Expect = None,
    policy: PolicyOption = "default",
    override: Override = None,
    worker: WorkerOption = None,
    prometheus: PrometheusOption = None,
    freshness: FreshnessOption = None,
    timeout: TimeoutOption = TIMEOUT_SECONDS,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Set the next share of the policy, also after a rollback.

    The criteria of the step are evaluated first. If one does not hold or was not measured, nothing is written,
    unless --override gives a reason.

    Example: ledgermind rollout advance --reason "criteria hold" --worker http://127.0.0.1:6066

    Exit codes: 0 written, 3 a release may not be served, 4 no broker answers, 10 a criterion does not hold.
    """
    writer, now = Writer(read(KafkaSettings)), _now()
    last = writer.history.latest
    if last is None:
        raise OpsError(NO_RECORD)
    rules = load_policy(policy)
    step = rules.step_from(last.basis_points / 100)
    if step is None:
        raise OpsError(f"policy {rules.name} has no step from {last.percent} %; use ledgermind rollout set")
    change = Change(
        actor=actor or getpass.getuser(),
        reason=reason,
        percent=parse_percent(f"{step.to:.2f}"),
        expect_version=last.version if expect_version is None else expect_version,
    )
    proposed = successor(last, change, now=now)
    require_servable(proposed, Registry(read(RegistrySettings).registry))

    def look() -> Look:
        return look_now(rules, timeout, worker=worker, prometheus=prometheus, freshness=freshness, dsn=dsn)

    change = _checked(change, last, proposed, rules, look, override=override, as_json=as_json)
    show_records([writer.change(change, now=now)], as_json=as_json)


app.command(name="status")(status_command)
app.command(name="judge")(judge_command)
app.command(name="backtest")(backtest_command)


def _checked(
    change: Change,
    last: RolloutRecord,
    proposed: RolloutRecord,
    policy: Policy,
    look: Callable[[], Look],
    *,
    override: str | None,
    as_json: bool,
) -> Change:
    """Return the change with its evidence; print the criteria that do not hold before they refuse it."""
    try:
        return require_criteria(change, last, proposed, policy=policy, look=look, override=override)
    except CriteriaNotHeldError as refused:
        for line in () if as_json else (*refused.criteria, *refused.faults):
            typer.echo(f"  {line}")
        raise


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _print(answer: dict[str, str | int | None], *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(answer).decode())
    else:
        typer.echo(", ".join(f"{name} {value}" for name, value in answer.items()))
