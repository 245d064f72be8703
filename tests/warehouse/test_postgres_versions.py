"""The warehouse on Debian's Postgres as on the one that came with the packages."""

import subprocess
from pathlib import Path

import psycopg
import pytest

from ops.local.postgres import open_postgres
from ops.warehouse.dbt import Warehouse, run_dbt
from ops.warehouse.mart_fingerprint import read_fingerprint
from ops.warehouse.migrate import migrate
from tests.warehouse.conftest import AS_OF, SEED

pytestmark = pytest.mark.warehouse
DEBIANS = Path("/usr/lib/postgresql/15/bin")


def version(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        return connection.info.server_version // 10_000


def runs() -> bool:
    """Whether Debian's server is there with all that it links."""
    program = DEBIANS / "postgres"
    return program.exists() and subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not runs(), reason="Debian's postgresql-15 is not installed")
def test_postgres_15_builds_the_very_mart_that_18_does(built: Warehouse, tmp_path: Path) -> None:
    with open_postgres("embedded", directory=tmp_path, binaries=DEBIANS) as server:
        migrate(server.dsn)
        with psycopg.connect(server.dsn) as connection:
            connection.execute(SEED.read_bytes())
        results = run_dbt(Warehouse(server.dsn, tmp_path / "dbt"), "build", as_of=AS_OF).results
        tests = [node for node in results if node.unique_id.startswith("test.")]
        assert {node.status for node in tests} == {"pass"}
        assert len(tests) > 40
        assert (version(server.dsn), version(built.dsn)) == (15, 18)
        assert read_fingerprint(server.dsn) == read_fingerprint(built.dsn)
