"""``ledgermind rollout status``: one screen of where the rollout stands, why, and what would happen next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from ops.cli.commands.judge import (
    TIMEOUT_SECONDS,
    FreshnessOption,
    PolicyOption,
    PrometheusOption,
    TimeoutOption,
    WorkerOption,
    looker_of,
    source_of,
    utc_now,
    with_window,
)
from ops.cli.options import Dsn
from ops.cli.wide_console import wide_console
from ops.rollout.evaluate import Look
from ops.rollout.patience import Patience
from ops.rollout.policies import load_policy
from ops.rollout.report import draw, lines
from schemas.events.overrides import in_words
from schemas.events.rollout import RolloutRecord
from schemas.events.suggestion import BUCKETS
from scorer.rollout.policy import Policy

WINDOW_SECONDS: Final = 3.0  # in which workers are looked at twice; nobody waits a quarter of an hour for a status


def status_command(
    worker: WorkerOption = None,
    prometheus: PrometheusOption = None,
    freshness: FreshnessOption = None,
    policy: PolicyOption = "default",
    window: Annotated[
        float | None,
        typer.Option(min=0.1, help="Seconds for which the workers' counters are read; else 3, or the policy's."),
    ] = None,
    timeout: TimeoutOption = TIMEOUT_SECONDS,
    dsn: Dsn = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the active record, each criterion with its value and limit, labels, and the next step.

    Without --worker or --prometheus no counters are read. The fields of the record stand at the top of the JSON.

    Example: ledgermind rollout status --worker http://127.0.0.1:6066

    Exit codes: 0 shown, 4 no broker answers, 8 the record cannot be read.
    """
    rules, now = load_policy(policy), utc_now()
    look = look_now(
        rules,
        timeout,
        worker=worker,
        prometheus=prometheus,
        freshness=freshness,
        dsn=dsn,
        window=window,
        now=now,
    )
    screen = draw(rules, look, now=now)
    assert look.record is not None  # without one the look has said so
    if as_json:
        fields = msgspec.to_builtins(look.record) | {"judged": msgspec.to_builtins(screen)}
        typer.echo(msgspec.json.encode(fields).decode())
        return
    show_records([look.record], as_json=False)
    typer.echo("\n".join(lines(screen)))


def look_now(
    policy: Policy,
    timeout: float,
    *,
    worker: list[str] | None,
    prometheus: str | None,
    freshness: str | None,
    dsn: str | None,
    window: float | None = None,
    now: datetime | None = None,
) -> Look:
    """Look once at whatever was named; without a worker or a Prometheus nobody is asked for counts."""
    rules = with_window(policy, window or (WINDOW_SECONDS if worker else None))
    patience, source = Patience(timeout), None
    if worker or prometheus:
        source = source_of(rules, patience, worker=worker, prometheus=prometheus, freshness=freshness, wait=True)
    return looker_of(rules, patience, source=source, prometheus=prometheus, dsn=dsn).look(now or utc_now())


def show_records(records: Sequence[RolloutRecord], *, as_json: bool, with_acts: bool = False) -> None:
    """Print records as a table; as JSON one is an object, any other number an array."""
    if as_json:
        typer.echo(msgspec.json.encode(records if len(records) != 1 else records[0]).decode())
        return
    acts = ("act",) if with_acts else ()
    table = Table(
        "version", "percent", "shadow", "control", "canary", "overrides", "actor", "reason", "decided at", *acts
    )
    for place in (3, 4, 8):
        table.columns[place].no_wrap = True  # a version that is cut can be copied nowhere
    for record in records:
        table.add_row(
            str(record.version),
            record.percent,
            _shadow(record),
            record.control.model_version or "rules",
            record.canary.model_version or "as control",
            in_words(record.overrides) or "none",
            escape(record.actor),
            escape(_reason(record)),
            record.decided_at.isoformat(timespec="seconds"),
            *([escape(_act(record))] if with_acts else []),
        )
    wide_console().print(table)


def _reason(record: RolloutRecord) -> str:
    override = None if record.evidence is None else record.evidence.override
    return record.reason if override is None else f"{record.reason} (override: {override})"


def _act(record: RolloutRecord) -> str:
    """Return what was done beside the rollout, or against its criteria, in one line."""
    if record.act is not None:
        return " ".join([record.act.kind, *(f"{name}={value}" for name, value in record.act.details.items())])
    return "override" if record.evidence is not None and record.evidence.override is not None else ""


def _shadow(record: RolloutRecord) -> str:
    if not record.shadow:
        return "off"
    return "on" if record.shadow_basis_points == BUCKETS else f"{record.shadow_percent} %"
