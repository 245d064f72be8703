"""``ledgermind warehouse``: migrate Postgres, run dbt, look at freshness and skew."""

import time
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from ops.cli.commands import retention
from ops.cli.commands.warehouse_services import RegistryOption, build_every, export, open_registry
from ops.cli.options import AsOf, Dsn, Json, Target, parse_as_of, postgres_dsn
from ops.cli.report import say
from ops.local.ports import LOOPBACK
from ops.warehouse.build_lock import building
from ops.warehouse.dbt import TARGET, DbtError, RunResults, Warehouse, run_dbt
from ops.warehouse.dbt_docs import write_docs
from ops.warehouse.freshness import read_freshness, require_fresh
from ops.warehouse.mart_fingerprint import note_tested, read_fingerprint
from ops.warehouse.migrate import migrate as apply_migrations
from ops.warehouse.migrate import require_migrated
from ops.warehouse.retention import apply_retention
from ops.warehouse.skew import SAMPLE_ROWS, measure_skew, require_none, served_codes
from ops.warehouse.successors import require_known_labels

app = typer.Typer(
    help="Migrate Postgres, run dbt, measure freshness and export metrics.", add_completion=False, no_args_is_help=True
)
app.add_typer(retention.app, name="retention")


@app.command()
def migrate(*, dsn: Dsn = None, as_json: Json = False) -> None:
    """Create or migrate the raw tables; a second run changes nothing.

    Example: ledgermind warehouse migrate

    Exit codes: 0 done, 2 a migration differs from what was applied, 9 Postgres does not answer.
    """
    applied = apply_migrations(postgres_dsn(dsn))
    say(f"{len(applied)} migrations applied", {"applied": len(applied)}, as_json=as_json)


@app.command()
def freshness(*, dsn: Dsn = None, as_of: AsOf = None, target: Target = TARGET, as_json: Json = False) -> None:
    """Measure how fresh each source is.

    Example: ledgermind warehouse freshness

    Exit codes: 0 fresh, 1 a source is stale or was not measured, 9 Postgres does not answer.
    """
    artefact = target / "sources.json"
    try:
        run_dbt(_warehouse(dsn, target), "source", "freshness", as_of=parse_as_of(as_of))
    except DbtError:
        if not artefact.exists():
            raise
    states = read_freshness(artefact)
    words = "\n".join(f"{source.source:32} {source.state:10} {source.latest_at or '-'}" for source in states)
    say(words, {source.source: source.state.value for source in states}, as_json=as_json)
    require_fresh(states)


@app.command()
def build(
    *,
    select: Annotated[
        list[str] | None,
        typer.Option(help="Only these nodes, in dbt's syntax: tag:rollout, +fct_suggestion_compare."),
    ] = None,
    full_refresh: Annotated[bool, typer.Option(help="Rebuild incremental models from their first row.")] = False,
    every: Annotated[
        str | None, typer.Option(help="Build at this interval, such as 15m or 2h, and serve /metrics until stopped.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address where --every serves /metrics.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port for the same.")] = 6071,
    dsn: Dsn = None,
    as_of: AsOf = None,
    target: Target = TARGET,
    as_json: Json = False,
) -> None:
    """Build every model and run every data test; a model whose inputs failed is not built.

    Before that, rows that are older than their table keeps them are removed (ledgermind warehouse retention).

    Training reads the mart only after a build of all models, since a selection does not run every test. With
    --every, a failed build and a Postgres that cannot be reached are logged, counted and tried again.

    Example: ledgermind warehouse build --every 1h

    Exit codes: 0 all passed, 1 a model or a test failed, 9 Postgres does not answer.
    """
    if every is not None:
        build_every(
            every, select=select, full_refresh=full_refresh, as_of=as_of, dsn=dsn, target=target, at=(host, port)
        )
        return
    options = [*(["--select", *select] if select else []), *(["--full-refresh"] if full_refresh else [])]
    _run("build", *options, dsn=dsn, as_of=as_of, target=target, as_json=as_json, is_whole=not select)


@app.command()
def test(*, dsn: Dsn = None, as_of: AsOf = None, target: Target = TARGET, as_json: Json = False) -> None:
    """Run every test of the warehouse, unit tests of the models included.

    Example: ledgermind warehouse test

    Exit codes: 0 all passed, 1 a test failed, 9 Postgres does not answer.
    """
    _run("test", dsn=dsn, as_of=as_of, target=target, as_json=as_json)


@app.command()
def docs(*, dsn: Dsn = None, target: Target = TARGET, as_json: Json = False) -> None:
    """Write the documentation of the warehouse as one static page.

    Example: ledgermind warehouse docs

    Exit codes: 0 written, 9 Postgres does not answer.
    """
    own = target / "docs"  # dbt would put the page's own results where those of the last build and its tests stand
    page = write_docs(_warehouse(dsn, own))
    say(f"{page}", {"page": str(page)}, as_json=as_json)


@app.command()
def skew(
    *,
    rows: Annotated[int, typer.Option(min=1, help="Number of rows to compare.")] = SAMPLE_ROWS,
    registry: RegistryOption = None,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Compare a sample of raw.ml_features with the features that serving computes.

    Example: ledgermind warehouse skew --rows 1000

    Exit codes: 0 equal, 1 a row differs or there is none, 9 Postgres does not answer.
    """
    found = measure_skew(
        _warehouse(dsn, TARGET).dsn, mcc=served_codes(open_registry(registry)), seed=int(time.time()), rows=rows
    )
    summary = {"sampled": found.sampled, **found.differing}
    say(f"{found.sampled:,} rows compared", summary, as_json=as_json)
    require_none(found)


app.command()(export)


def _warehouse(given: str | None, target: Path) -> Warehouse:
    """Return the warehouse, once its tables are there: dbt takes long to say that they are not."""
    dsn = postgres_dsn(given)
    require_migrated(dsn)
    return Warehouse(dsn, target)


def _run(*verb: str, dsn: str | None, as_of: str | None, target: Path, as_json: bool, is_whole: bool = True) -> None:
    """Run a verb with dbt's own lines on stderr, so that stdout holds the summary only."""
    warehouse = _warehouse(dsn, target)

    def echo(line: str) -> None:
        if not as_json:
            typer.echo(line, err=True)

    if verb[0] == "build":
        require_known_labels(warehouse.dsn)
    with building(warehouse.dsn, say=echo) if verb[0] == "build" else nullcontext():
        for one in apply_retention(warehouse.dsn) if verb[0] == "build" else ():
            echo(f"{one.table}: {one.rows:,} rows were older than the table keeps them and are removed")
        results = run_dbt(warehouse, *verb, as_of=parse_as_of(as_of), echo=echo)
        if is_whole:
            note_tested(target, results, read_fingerprint(warehouse.dsn))
    counts = _count(results)
    say(", ".join(f"{number} {status}" for status, number in counts.items()), counts, as_json=as_json)


def _count(results: RunResults) -> dict[str, int]:
    counts: dict[str, int] = {}
    for node in results.results:
        counts[node.status] = counts.get(node.status, 0) + 1
    return counts
