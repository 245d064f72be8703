"""``ledgermind rollout advance``: sets the next share of the policy."""

import getpass

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
from ops.errors import OpsError
from ops.releases.serving_check import require_servable
from ops.rollout.evaluate import NO_RECORD, Look
from ops.rollout.policies import load_policy
from scorer.release.registry import Registry
from streams.rollout.change import Change, parse_percent, successor
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings, RegistrySettings, read


def advance_command(
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
    writer, now = Writer(read(KafkaSettings)), utc_now()
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

    change = checked_change(change, last, proposed, rules, look, override=override, as_json=as_json)
    show_records([writer.change(change, now=now)], as_json=as_json)
