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
from streams.rollout.overrides import read_change
from streams.rollout.release_model import Releases
from streams.rollout.writer import Change, Writer, first_record, parse_percent, successor
from streams.settings import KafkaSettings, RegistrySettings, SuggestSettings, read

MOST_FINDINGS: Final = 10  # that verify names; the count of the others follows
MOST_CHARACTERS: Final = 200  # of a finding in the record that answers it

app = typer.Typer(help="Look at the rollout record, and append to it.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the record for ever.")]
Expect = Annotated[int | None, typer.Option(help="Refuse where the record in force has another version.")]
Actor = Annotated[str, typer.Option(help="Who decides.")]
Override = Annotated[
    str | None, typer.Option(help="Why to go on though criteria do not hold; it stands in the record for ever.")
]


@app.command()
def history(
    every: Annotated[
        bool, typer.Option("--all", help="Acts beside the rollout, too: pause, resume, requeue, reset, repair.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show every record that moved the rollout, the first one first."""
    records = read_records()
    show_records([record for record in records if every or record.act is None], as_json=as_json, with_acts=every)


@app.command()
def verify(
    journal: Annotated[
        Path | None, typer.Option(help="A judge's journal: its own hash chain and verdicts are checked as well.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check the hash chain, and every verdict against its own evidence; exit 8 where one is broken.

    What is no record, does not continue the chain or cannot be read is named with its offset, and so are records that
    retention removed; ledgermind rollout repair answers them.
    """
    rollout = read_rollout()
    records = rollout.records
    entries = [] if journal is None else list(read_entries(journal))
    findings = list(rollout.findings())
    faults = findings + verdict_faults(records) + entry_faults(entries)
    faults += [] if journal is None else [f"{journal}: {fault}" for fault in chain_faults(journal)]
    if faults:
        more = [f"and {len(faults) - MOST_FINDINGS} more"] if len(faults) > MOST_FINDINGS else []
        hint = ["workers go on; ledgermind rollout repair --reason … answers these"] if findings else []
        raise RolloutRecordError("; ".join([*faults[:MOST_FINDINGS], *more, *hint]))
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
    """Write record 0 from the environment, unless there is one."""
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
        str | None, typer.Argument(help="Share of users in the canary arm, 0 to 100; as it is without.")
    ] = None,
    actor: Actor = "",
    expect_version: Expect = None,
    canary: Annotated[str | None, typer.Option(help="Release that the canary serves; '' for none.")] = None,
    control: Annotated[str | None, typer.Option(help="Release that control serves, its champion; '' for none.")] = None,
    shadow: Annotated[bool | None, typer.Option("--shadow/--no-shadow", help="Score control's users too.")] = None,
    shadow_percent: Annotated[str | None, typer.Option(help="Share of users whom shadow scores, 0 to 100.")] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(help="CATEGORY=0 to 1: the confidence that its answers need, whatever the release."),
    ] = None,
    no_threshold: Annotated[list[str] | None, typer.Option(help="Take a category's threshold back.")] = None,
    floor: Annotated[
        list[str] | None, typer.Option(help="CATEGORY=0 to 1: the least confidence; a release may ask for more.")
    ] = None,
    no_floor: Annotated[list[str] | None, typer.Option(help="Take a category's floor back.")] = None,
    mute: Annotated[list[str] | None, typer.Option(help="Serve no model's answer of this category.")] = None,
    unmute: Annotated[list[str] | None, typer.Option(help="Take a mute back.")] = None,
    override: Override = None,
    worker: WorkerOption = None,
    prometheus: PrometheusOption = None,
    freshness: FreshnessOption = None,
    policy: PolicyOption = "default",
    timeout: TimeoutOption = TIMEOUT_SECONDS,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Move the share of users in the canary arm, or what may be served; exits 3 where a release may not be served.

    Upward, the policy's criteria are looked at first; where one does not hold or was not measured nothing is written
    and the exit code is 10, unless --override says why. Downward nothing is asked.
    A canary that serves everybody becomes control's champion when another release takes its place. Thresholds, floors
    and mutes hold for every release and every worker until they are taken back; each option may be given repeatedly.
    """
    overrides = read_change(
        threshold=threshold or (),
        no_threshold=no_threshold or (),
        floor=floor or (),
        no_floor=no_floor or (),
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
    """Take the canary back to 0 %, shadow on; workers follow within a second."""
    change = Change(
        actor=actor or getpass.getuser(), reason=reason, percent="0.00", shadow=True, expect_version=expect_version
    )
    show_records([Writer(read(KafkaSettings)).change(change, now=_now())], as_json=as_json)


@app.command()
def repair(reason: Reason, actor: Actor = "", as_json: Json = False) -> None:
    """Append a record that answers what verify finds on the topic; it moves nobody.

    It links to the newest record of the chain. Where that one cannot be read, control goes on serving everybody, and
    the rollout goes on from the last record that can be read, at 0 %.
    """
    writer = Writer(read(KafkaSettings))
    findings = list(writer.history.findings())
    if not findings:
        raise OpsError("there is nothing to repair: ledgermind rollout verify finds nothing on the topic")
    details = {"findings": str(len(findings)), "first": findings[0][:MOST_CHARACTERS]}
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
    """Go on to the policy's next share; also lets a canary that was taken back out again.

    The step's criteria are looked at first; where one does not hold or was not measured nothing is written and the
    exit code is 10, unless --override says why.
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
