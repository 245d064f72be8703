"""An embedded Postgres with the raw tables, a small past in it, and the warehouse built over it once."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from dbt.cli.main import dbtRunner
from psycopg.conninfo import make_conninfo

from ops.dbt import PROJECT, Warehouse, run_dbt
from ops.migrate import migrate
from ops.postgres import open_postgres

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
    run_dbt(warehouse, "build", as_of=AS_OF)
    return warehouse


@pytest.fixture
def spoilt(server: str, built: Warehouse) -> Iterator[Warehouse]:
    """Return the built warehouse to a test that spoils it, and put it back afterwards."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database pristine template built")
        yield built
        connection.execute("drop database built with (force)")
        connection.execute("alter database pristine rename to built")


@pytest.fixture(scope="session")
def failing_tests(built: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], list[str]]]:
    """Return a function that runs every data test and names those that fail; dbt is loaded and parsed only once.

    It writes into a folder of its own: the built warehouse keeps the results of the run that built it.
    """
    target = tmp_path_factory.mktemp("failing")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**built.environment(), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}.items():
            patch.setenv(name, value)
        arguments = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"]
        arguments += ["--target-path", str(target), "--log-path", str(target / "logs")]
        arguments += ["--vars", json.dumps({"as_of": AS_OF.isoformat()})]
        manifest = dbtRunner().invoke(["parse", *arguments]).result

        def run() -> list[str]:
            outcome = dbtRunner(manifest=manifest).invoke(["test", *arguments])
            assert outcome.exception is None
            return [result.node.name for result in outcome.result if result.status in ("fail", "error")]

        yield run


def named(dsn: str, database: str) -> str:
    return make_conninfo(dsn, dbname=database)
