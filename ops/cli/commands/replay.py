"""``ledgermind replay``: scores a past window again, to find the same events or what else would have been."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Annotated, Final

import msgspec
import psycopg
import typer
from rich.console import Console
from rich.table import Table

from ops.cli.options import Dsn, Json, parse_as_of, postgres_dsn
from ops.errors import OpsError
from ops.local.postgres import connect
from ops.replay.differences import Identity, Side, WhatIf, listed
from ops.replay.hints import LandedHints
from ops.replay.plan import Counterfactual, Plan, ReplayError
from ops.replay.run import Replayed, run
from ops.replay.window import AMISS, read_decisions, read_window
from ops.warehouse.migrate import require_migrated
from rules.errors import RulesError
from rules.load import load_rules
from streams.rollout.change import parse_percent
from streams.rollout.release_model import Releases
from streams.settings import RegistrySettings, WorkerSettings, read

MAX_PAIRS: Final = 15  # category pairs on the screen; --json has all
app = typer.Typer(add_completion=False)
Percent = Annotated[str | None, typer.Option(help="What if: percentage of the canary.")]
Version = Annotated[int | None, typer.Option(min=0, help="What if: version of the rollout record for all of the time.")]


class DifferentError(OpsError):
    """The events are not those that were written."""


@app.command()
def replay(
    since: Annotated[str | None, typer.Option("--from", help="First record time, such as 2016-03-01T12:00Z.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Record time before which the replay ends.")] = None,
    release: Annotated[str | None, typer.Option(help="What if: release of the canary.")] = None,
    rollout_version: Version = None,
    percent: Percent = None,
    rules_file: Annotated[Path | None, typer.Option(help="Rule file; else that of the worker's settings.")] = None,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Score past transactions of the warehouse again as the worker does, and compare the events.

    Without options for a what-if, the rollout records, releases and hints of that time apply, and the events must be
    those that were written, except for fields with the time of writing. Events that were delivered again count once if
    they are equal. A prediction that came too late cannot be computed again; such records are counted apart.

    Example: ledgermind replay --from 2026-03-01 --to 2026-03-02

    Exit codes: 0 equal, 1 events differ, 9 Postgres does not answer.
    """
    first, end = parse_as_of(since, option="--from"), parse_as_of(until, option="--to")
    change = Counterfactual(release, rollout_version, None if percent is None else parse_percent(percent))
    releases = Releases(read(RegistrySettings))
    try:
        rules = load_rules(rules_file or read(WorkerSettings).rules_file)
        require_migrated(postgres_dsn(dsn))
        with connect(postgres_dsn(dsn)) as connection:
            plan = Plan(read_decisions(connection).records, change, load=releases.load)
            outcome = Identity() if change.is_none else WhatIf()
            batches = read_window(connection, since=first, until=end)
            replayed = asyncio.run(run(batches, plan, rules, outcome, hints=LandedHints(connection).at))
    except RulesError as error:
        raise ReplayError(str(error)) from error
    except psycopg.Error as error:
        said = str(error).strip().partition("\n")[0]
        raise ReplayError(
            f"the warehouse cannot be read: {said}; was it migrated (ledgermind warehouse migrate)?"
        ) from (error)
    if not replayed.read:
        raise ReplayError("the warehouse has no transactions of the stream in this window: look at --from and --to")
    if as_json:
        typer.echo(msgspec.json.encode(_document(replayed, change, plan, rules_version=rules.version)).decode())
    else:
        _show(replayed, plan, rules_version=rules.version)
    if isinstance(outcome, Identity) and not replayed.is_identical:
        raise DifferentError(
            f"{outcome.differing} records have other events now than were written, and of {replayed.amiss} "
            "what was written is missing, doubled or unreadable"
        )


def _document(replayed: Replayed, change: Counterfactual, plan: Plan, *, rules_version: str) -> dict[str, object]:
    outcome = replayed.outcome
    document: dict[str, object] = {
        "mode": "identity" if isinstance(outcome, Identity) else "what-if",
        "read": replayed.read,
        "scored": replayed.scored,
        "left_out": {reason.name.lower(): count for reason, count in replayed.left_out.items()},
        "rollout_versions": {str(version): count for version, count in sorted(replayed.versions.items())},
        "rules_version": rules_version,
        "written_rules_versions": dict(replayed.rules),
        "barred": sorted(plan.barred),
        "seconds": round(replayed.seconds, 3),
        "per_second": round(replayed.per_second, 1),
    }
    if isinstance(outcome, Identity):
        return document | {
            "is_identical": replayed.is_identical,
            "identical": outcome.identical,
            "differing": outcome.differing,
            "fields": dict(outcome.fields),
            "first_differing": outcome.event_ids,
        }
    return document | {
        "what_if": {"release": change.release, "rollout_version": change.rollout_version, "percent": change.percent},
        "same": outcome.same,
        "changed": outcome.changed,
        "refused": outcome.refused,
        "by_source": listed(outcome.by_source),
        "by_category": listed(outcome.by_category),
        "before": _side(outcome.before),
        "after": _side(outcome.after),
    }


def _side(side: Side) -> dict[str, object]:
    return {"sources": dict(side.sources), "asked": side.asked, "accepted": side.accepted, "coverage": side.coverage}


def _show(replayed: Replayed, plan: Plan, *, rules_version: str) -> None:
    console, outcome = Console(), replayed.outcome
    table = Table("records", "", box=None, show_header=False)
    table.columns[0].justify = "right"
    table.add_row(f"{replayed.read:,}", f"read, {replayed.per_second:,.0f} a second")
    for reason, count in replayed.left_out.most_common():
        table.add_row(f"{count:,}", f"{'AMISS' if reason in AMISS else 'left out'}: {reason}")
    table.add_row(f"{replayed.scored:,}", f"scored again under rollout versions {_versions(replayed.versions)}")
    if isinstance(outcome, Identity):
        table.add_row(f"{outcome.identical:,}", "have the same events, bit for bit")
        table.add_row(f"{outcome.differing:,}", "DIFFER" if outcome.differing else "differ")
        for field, count in outcome.fields.most_common():
            table.add_row(f"{count:,}", f"  in {field}")
        for event_id in outcome.event_ids:
            table.add_row("", f"  such as {event_id}")
    else:
        table.add_row(f"{outcome.same:,}", "would be served the same category")
        table.add_row(f"{outcome.changed:,}", "would be served another")
        if outcome.refused:
            table.add_row(f"{outcome.refused:,}", "would become dead letters")
    console.print(table)
    if isinstance(outcome, WhatIf):
        _show_changes(console, outcome)
    for version in sorted(plan.barred):
        console.print(f"{version} did not pass its gate: it is not asked where it would serve, as in a worker")
    for version in sorted(set(replayed.rules) - {rules_version}):
        console.print(
            f"{replayed.rules[version]:,} records were written under rules {version}, these are {rules_version}"
        )


def _show_changes(console: Console, outcome: WhatIf) -> None:
    sides = Table("", "before", "after", title="served by", title_justify="left")
    for source in sorted({*outcome.before.sources, *outcome.after.sources}):
        sides.add_row(source, f"{outcome.before.sources[source]:,}", f"{outcome.after.sources[source]:,}")
    sides.add_row("canary's model asked", f"{outcome.before.asked:,}", f"{outcome.after.asked:,}")
    sides.add_row("its coverage", _percent(outcome.before.coverage), _percent(outcome.after.coverage))
    console.print(sides)
    for title, pairs in (("changed, by source", outcome.by_source), ("changed, by category", outcome.by_category)):
        table = Table("before", "after", "records", title=title, title_justify="left")
        table.columns[2].justify = "right"
        rows = listed(pairs)
        for row in rows[:MAX_PAIRS]:
            table.add_row(str(row["before"]), str(row["after"]), f"{row['records']:,}")
        if len(rows) > MAX_PAIRS:
            table.add_row(f"{len(rows) - MAX_PAIRS} more pairs", "", "see --json")
        if rows:
            console.print(table)


def _versions(versions: Counter[int]) -> str:
    return ", ".join(f"{version} ({count:,})" for version, count in sorted(versions.items())) or "none"


def _percent(share: float | None) -> str:
    return "no data" if share is None else f"{share:.1%}"
