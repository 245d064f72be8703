"""An embedded Postgres with the raw tables, a small past in it, and the warehouse built over it once."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ops.local.postgres import open_postgres
from ops.warehouse.dbt import Warehouse, run_dbt
from ops.warehouse.migrate import migrate
from tests.support.scored_dataset import land, score_past

AS_OF = datetime(2026, 4, 15, tzinfo=UTC)
SEED = Path(__file__).parent / "seed.sql"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the DSN of an empty Postgres."""
    with open_postgres("embedded", directory=tmp_path_factory.mktemp("server")) as running:
        yield running.dsn


@pytest.fixture(scope="session")
def built(server: str, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Return a warehouse that was built over the small past, every test green."""
    warehouse = Warehouse(named(server, "built"), tmp_path_factory.mktemp("dbt"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database built")
    migrate(warehouse.dsn)
    with psycopg.connect(warehouse.dsn) as connection:
        connection.execute(SEED.read_bytes())
    land(warehouse.dsn, score_past().landed)
    with psycopg.connect(warehouse.dsn) as connection:
        for table in ("transactions", "transaction_labels", "suggestion_events", "suggestion_compare"):
            connection.execute(f"update raw.{table} set loaded_at = %s".encode(), (AS_OF - timedelta(days=1),))
    run_dbt(warehouse, "build", as_of=AS_OF)
    return warehouse


@pytest.fixture
def spoilt(server: str, built: Warehouse, tmp_path: Path) -> Iterator[Warehouse]:
    """Return the built warehouse, with a copy of dbt's artefacts, to a test that spoils it; put it back afterwards."""
    target = tmp_path / "dbt"
    shutil.copytree(built.target, target)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database pristine template built")
        yield Warehouse(built.dsn, target)
        connection.execute("drop database built with (force)")
        connection.execute("alter database pristine rename to built")


@pytest.fixture(scope="session")
def guards(built: Warehouse) -> dict[str, str]:
    """Return every data test by its name: the query that dbt compiled and ran, whose rows are what is wrong."""
    nodes = json.loads((built.target / "manifest.json").read_bytes())["nodes"].values()
    return {node["name"]: node["compiled_code"] for node in nodes if node["resource_type"] == "test"}


@pytest.fixture
def failing_tests(built: Warehouse, guards: dict[str, str]) -> Callable[[str], list[str]]:
    """Return a function that plants rows, names the data tests that find any, and takes the rows out again."""

    def plant(planted: str) -> list[str]:
        with psycopg.connect(built.dsn) as connection, connection.transaction(force_rollback=True):
            connection.execute(planted.encode())
            return [
                name
                for name, query in guards.items()
                if connection.execute(f"select from ({query}) as found limit 1".encode()).rowcount
            ]

    return plant


def named(dsn: str, database: str) -> str:
    return make_conninfo(dsn, dbname=database)
