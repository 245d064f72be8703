"""``ledgermind rollout set``: changes the share of users in the canary, or what may be served."""

import getpass
from typing import Annotated

import typer

from ops.cli.checked_change import checked_change
from ops.cli.commands.judge import (
    TIMEOUT_SECONDS,
    FreshnessOption,
    PolicyOption,
    PrometheusOption,
    TimeoutOption,
    WorkerOption,
    utc_now,
)
from ops.cli.commands.rollout_status import look_now, show_records
from ops.cli.options import Dsn, Json
from ops.cli.rollout_options import Actor, Expect, Override, Reason
from ops.releases.serving_check import require_servable
from ops.rollout.challenger import succeed
from ops.rollout.evaluate import Look
from ops.rollout.policies import load_policy
from schemas.events.rollout import ArmPolicy
from scorer.release.registry import Registry
from streams.errors import SettingsError
from streams.rollout.change import Change, parse_percent, successor
from streams.rollout.overrides import read_change
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings, RegistrySettings, read


def set_command(
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
    writer, now = Writer(read(KafkaSettings)), utc_now()
    last = writer.history.latest
    if last is not None:
        change = succeed(change, last)
        proposed = successor(last, change, now=now)
        if {percent, canary, control} != {None}:  # a mute waits for no registry
            require_servable(proposed, Registry(read(RegistrySettings).registry))
        rules = load_policy(policy)

        def look() -> Look:
            return look_now(rules, timeout, worker=worker, prometheus=prometheus, freshness=freshness, dsn=dsn)

        change = checked_change(change, last, proposed, rules, look, override=override, as_json=as_json)
    show_records([writer.change(change, now=now)], as_json=as_json)
