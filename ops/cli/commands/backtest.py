"""``ledgermind rollout backtest``: what policies make of histories, recorded or invented, with faults in them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from ops.cli.commands.judge import TIMEOUT_SECONDS, TimeoutOption, utc_now
from ops.cli.options import Json
from ops.errors import OpsError
from ops.rollout.decision_log import read_entries
from ops.rollout.evidence.session import open_session
from ops.rollout.evidence.warehouse_history import canary_of, read_recorded
from ops.rollout.fault_rows import rows_of
from ops.rollout.patience import Patience
from ops.rollout.policies import load_policy
from scorer.backtest.fault_table import DAYS, fault_table
from scorer.backtest.study import SCENARIOS, ScenarioResult, run_recorded, run_trials
from scorer.backtest.synthetic_history import Traffic
from scorer.backtest.year import BETTER, EQUAL, Year, play_year
from scorer.release.registry import Registry
from scorer.rollout.judge import judge
from scorer.rollout.metrics import Standing
from scorer.rollout.policy import Policy
from streams.settings import RegistrySettings, read

PIPE_WIDTH: Final = 140


def backtest_command(
    policy: Annotated[list[str] | None, typer.Option(help="Policies to compare; else default.")] = None,
    runs: Annotated[int, typer.Option(min=1, help="Number of simulated rollouts of each kind.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first rollout; the others count up.")] = 1,
    dsn: Annotated[str | None, typer.Option(help="Postgres with a recorded history to use instead.")] = None,
    timeout: TimeoutOption = TIMEOUT_SECONDS,
    recorded: Annotated[
        Path | None, typer.Option(help="Decision log of a judge, to evaluate with these policies.")
    ] = None,
    faults: Annotated[
        bool, typer.Option("--faults", help="Inject errors, latency and low confidence at each share instead.")
    ] = False,
    year: Annotated[bool, typer.Option("--year", help="Simulate a year of weekly retrainings instead.")] = False,
    as_json: Json = False,
) -> None:
    """Measure how often policies roll back sound releases, miss faulty ones, and how long they take.

    Without --dsn or --recorded, histories are simulated: two months of traffic of models of known quality, with a
    latency step, an outage, errors, wrong categories and late labels injected on the fifth day.

    Example: ledgermind rollout backtest --policy default --policy fast --runs 50

    Exit codes: 0 measured, 2 an option or a policy is wrong.
    """
    if sum(map(bool, (dsn, recorded, faults, year))) > 1:
        raise OpsError("one history at a time: --dsn, --recorded, --faults, or --year")
    policies = [load_policy(name) for name in policy or ["default"]]
    if recorded is not None:
        _print_verdicts(policies, recorded, as_json=as_json)
        return
    policies = [_without_criteria(one) for one in policies]
    seeds = range(seed, seed + runs)
    if faults:
        _print_faults(policies, seeds, as_json=as_json)
        return
    if year:
        _print_years(policies, seeds, as_json=as_json)
        return
    rows = (
        run_trials(policies, SCENARIOS, seeds=seeds)
        if dsn is None
        else _from_warehouse(policies, dsn, seeds, Patience(timeout))
    )
    _print(list(rows), seeds, as_json=as_json)


def _without_criteria(policy: Policy) -> Policy:
    """Return the policy without criteria of its own: of those, only a journal knows what was."""
    if policy.criteria:
        names = ", ".join(one.name for one in policy.criteria)
        typer.echo(f"policy {policy.name}: left out, as only --recorded knows their values: {names}", err=True)
    return msgspec.structs.replace(policy, criteria=())


def _from_warehouse(
    policies: Sequence[Policy], dsn: str, seeds: Sequence[int], patience: Patience
) -> Iterator[ScenarioResult]:
    registry = Registry(read(RegistrySettings).registry)
    with open_session(dsn, patience) as session:
        canary = canary_of(session)
        expected = 0.0 if canary is None else registry.load(canary).expected_fallback
        for policy in policies:
            history = read_recorded(session, policy, expected_fallback=expected, now=utc_now())
            yield from run_recorded([policy], history, seeds=seeds)


def _print(rows: Sequence[ScenarioResult], seeds: range, *, as_json: bool) -> None:
    if as_json:
        answer = {"first_seed": seeds.start, "runs": len(seeds), "rows": rows}
        typer.echo(msgspec.json.encode(answer).decode())
        return
    columns = ("policy", "scenario", "runs", "false rollbacks", "missed", "rolled back", "at 100 %", "days to decision")
    table = Table(*columns, title=f"seeds {seeds.start} to {seeds.stop - 1}")
    for row in rows:
        days = "-" if row.days_to_decision is None else f"{row.days_to_decision:g}"
        counts = (row.runs, row.false_rollbacks, row.missed, row.rolled_back, row.reached_full)
        table.add_row(row.policy, row.scenario, *map(str, counts), days)
    console = Console()
    (console if console.is_terminal else Console(width=PIPE_WIDTH)).print(table)


def _print_faults(policies: Sequence[Policy], seeds: range, *, as_json: bool) -> None:
    """Print how soon each policy takes back a canary with a fault, at each share, as Markdown."""
    for policy in policies:
        cells = list(fault_table(policy, seeds=seeds, traffic=Traffic(days=DAYS + 7)))
        if as_json:
            typer.echo(msgspec.json.encode({"policy": policy.name, "cells": cells}).decode())
            continue
        typer.echo(f"policy {policy.name}, seeds {seeds.start} to {seeds.stop - 1}\n" + "\n".join(rows_of(cells)))


def _print_years(policies: Sequence[Policy], seeds: range, *, as_json: bool) -> None:
    """Print what becomes of a year's releases, where each is as good as its champion, and where it is better."""
    merits = (("equal to its champion", EQUAL), ("better than its champion", BETTER))
    years = [
        play_year(policy, merit, name=name, seeds=seeds, traffic=Traffic())
        for policy in policies
        for name, merit in merits
    ]
    if as_json:
        typer.echo(msgspec.json.encode(years).decode())
        return
    names = list(Year.__struct_fields__)
    typer.echo("| " + " | ".join(name.replace("_", " ") for name in names) + " |")
    typer.echo("| --- " * len(names) + "|")
    for one in years:
        typer.echo("| " + " | ".join(str(getattr(one, name)) for name in names) + " |")


def _print_verdicts(policies: Sequence[Policy], journal: Path, *, as_json: bool) -> None:
    """Print what each policy says of every recorded look, beside what was said then."""
    entries = list(read_entries(journal))
    said = {"as recorded": Counter(entry.verdict.value for entry in entries)}
    for policy in policies:
        standings = [
            Standing.from_numbers(one.observations, one.criteria, one.categories)
            for one in (entry.evidence for entry in entries)
        ]
        said[policy.name] = Counter(judge(policy, standing).verdict.value for standing in standings)
    if as_json:
        typer.echo(msgspec.json.encode({"looks": len(entries), "verdicts": said}).decode())
        return
    typer.echo(f"{len(entries)} looks")
    for name, verdicts in said.items():
        typer.echo(f"  {name:12} {', '.join(f'{verdict} {count}' for verdict, count in sorted(verdicts.items()))}")
