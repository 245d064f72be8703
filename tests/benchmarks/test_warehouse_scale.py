"""The whole build of the warehouse at size: seconds, memory and spilled bytes of each model and of the tests."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from msgspec import Struct

from ops.local.postgres import open_postgres
from ops.warehouse.dbt import Warehouse, run_dbt
from ops.warehouse.migrate import migrate
from schemas.taxonomy import CATEGORIES
from tests.benchmarks.server_memory import ServerMemory

pytestmark = [pytest.mark.benchmark, pytest.mark.warehouse, pytest.mark.timeout(7_200)]
TRANSACTIONS = int(os.environ.get("SCALE_TRANSACTIONS", "100000"))
SENDS = 5  # suggestions and comparisons of each transaction
YEAR = 365  # days; the year ends an hour before AS_OF
AS_OF = datetime(2026, 4, 15, tzinfo=UTC)
SLOWEST = 12  # tests that are shown one by one
MIB = 1 << 20


class Timing(Struct, frozen=True):
    """One step of a node, as dbt wrote it down."""

    name: str
    started_at: datetime
    completed_at: datetime


class Node(Struct, frozen=True):
    """One model or test of ``run_results.json``."""

    unique_id: str
    timing: list[Timing]


class Results(Struct, frozen=True):
    """What is read of ``run_results.json``."""

    results: list[Node]


@dataclass(frozen=True, slots=True)
class Lap:
    """What one node took."""

    name: str
    seconds: float
    peak_bytes: int


@pytest.fixture(scope="module")
def dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return a warehouse with a year in it, on a server with its default settings."""
    with open_postgres("embedded", directory=tmp_path_factory.mktemp("scale")) as server:
        migrate(server.dsn)
        print(f"\n{TRANSACTIONS:,} transactions, {SENDS * TRANSACTIONS:,} suggestions and as many comparisons")
        make_days(server.dsn, 0, YEAR)
        yield server.dsn


def test_the_whole_build(dsn: str, tmp_path: Path) -> None:
    """One node at a time, so that memory is the node's own; then again, when a further day has landed."""
    warehouse = Warehouse(dsn, tmp_path, threads=1)
    build(warehouse, "first build", AS_OF)
    make_days(dsn, YEAR, YEAR + 1)
    build(warehouse, "after a further day", AS_OF + timedelta(days=1))


def make_days(dsn: str, since: int, until: int) -> None:
    """Land what happened and what was said in some days of the year."""
    began = time.monotonic()
    with psycopg.connect(dsn) as connection:
        for name, value in {
            "transactions": TRANSACTIONS, "sends": SENDS, "since_day": since, "until_day": until
        }.items():  # fmt: skip
            connection.execute(f"set scale.{name} = {value}".encode())
        names = ", ".join(f"'{category.value}'" for category in CATEGORIES)
        connection.execute(
            "create function pg_temp.categories() returns text[] language sql immutable "
            f"as $$ select array[{names}] $$".encode()
        )
        connection.execute((Path(__file__).parent / "scale.sql").read_bytes())
    print(f"days {since} to {until} made in {time.monotonic() - began:.0f} s, {size_gib(dsn)}")


def build(warehouse: Warehouse, title: str, as_of: datetime) -> None:
    """Build everything and print what each node took."""
    dsn, memory, began, spilled = warehouse.dsn, ServerMemory(), time.monotonic(), spilled_bytes(warehouse.dsn)
    with memory.sampling():
        results = run_dbt(warehouse, "build", as_of=as_of)
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"\n{title}: {time.monotonic() - began:.0f} s, {len(results.results)} models and tests, none failed")
    print(f"spilled to disk {(spilled_bytes(dsn) - spilled) / MIB:,.0f} MiB, {size_gib(dsn)}, load average {load}")
    found = laps(warehouse.target / "run_results.json", memory)
    models = [lap for lap in found if lap.name.startswith("model.")]
    tests = sorted((lap for lap in found if lap.name.startswith("test.")), key=lambda lap: -lap.seconds)
    print("| model | seconds | peak MiB of Postgres | rows | MiB |\n| --- | ---: | ---: | ---: | ---: |")
    for lap in models:
        name = lap.name.rsplit(".", 1)[1]
        rows, size = relation(dsn, name)
        print(f"| `{name}` | {lap.seconds:.1f} | {lap.peak_bytes / MIB:,.0f} | {rows} | {size} |")
    print(f"| all models | {sum(lap.seconds for lap in models):.1f} | | | |")
    worst = max(lap.peak_bytes for lap in tests) / MIB
    print(f"| {len(tests)} tests | {sum(lap.seconds for lap in tests):.1f} | {worst:,.0f} | | |")
    for lap in tests[:SLOWEST]:
        print(f"  {lap.seconds:6.1f} s {lap.peak_bytes / MIB:6,.0f} MiB {lap.name.split('.')[2]}")


def laps(artefact: Path, memory: ServerMemory) -> list[Lap]:
    """Return what each node that was executed took, in dbt's order."""
    found = []
    for node in msgspec.json.decode(artefact.read_bytes(), type=Results).results:
        for step in node.timing:
            if step.name == "execute":
                began, ended = step.started_at.timestamp(), step.completed_at.timestamp()
                found.append(Lap(node.unique_id, ended - began, memory.peak_bytes(began, ended)))
    return found


def relation(dsn: str, name: str) -> tuple[str, str]:
    """Return rows and MiB of a table with its indexes, dashes of a view."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute(
            "select oid::regclass::text, pg_total_relation_size(oid) from pg_class"
            " where relname = %s and relkind = 'r'",
            (name,),
        ).fetchone()
    if found is None:
        return "-", "-"
    return f"{_number(dsn, f'select count(*) from {found[0]}'):,}", f"{found[1] / MIB:,.0f}"


def size_gib(dsn: str) -> str:
    return f"the database holds {_number(dsn, 'select pg_database_size(current_database())') / MIB / 1024:.1f} GiB"


def spilled_bytes(dsn: str) -> int:
    return _number(dsn, "select temp_bytes from pg_stat_database where datname = current_database()")


def _number(dsn: str, query: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])
