"""The embedded Postgres answers, as root too, and ends with the command that started it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from ops.errors import PostgresError
from ops.ports import free_port
from ops.postgres import Postgres, open_postgres
from tests.family import descendants, wait_until_gone

pytestmark = pytest.mark.integration

HOLDER = """
import sys, time
from pathlib import Path
from ops.postgres import open_postgres
with open_postgres("embedded", directory=Path(sys.argv[1])) as server:
    print(server.dsn, flush=True)
    time.sleep(600)
"""


def test_postgres_starts_keeps_a_row_and_leaves_nothing(tmp_path: Path) -> None:
    before = descendants(os.getpid())
    with open_postgres("embedded", directory=tmp_path) as server:
        with psycopg.connect(server.dsn) as connection:
            connection.execute("create table seen (word text)")
            connection.execute("insert into seen values ('Müsli')")
        with psycopg.connect(server.dsn) as connection:
            assert connection.execute("select word from seen").fetchall() == [("Müsli",)]
        assert descendants(os.getpid()) - before
    assert descendants(os.getpid()) == before
    assert not list(tmp_path.rglob("data"))
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.dsn)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_postgres_ends_with_its_command_however_that_ends(number: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as holder:
        assert holder.stdout is not None
        dsn = holder.stdout.readline().strip()
        family = descendants(holder.pid)
        assert len(family) > 3  # the server and its own helpers
        holder.send_signal(number)
        holder.wait(20)
    assert not wait_until_gone(family)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(dsn)


def test_each_test_has_a_database_of_its_own(database: str, postgres: Postgres) -> None:
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)
    assert database != postgres.dsn


def test_a_postgres_that_runs_already_is_used_and_left_running(database: str, tmp_path: Path) -> None:
    with open_postgres(database, directory=tmp_path) as found:
        assert found.dsn == database
    with psycopg.connect(database):
        pass


@pytest.mark.parametrize(
    "dsn", [f"postgresql://127.0.0.1:{free_port()}/ledgermind", "nonsense"], ids=["nobody there", "no DSN"]
)
def test_a_dsn_that_leads_nowhere_is_said_in_one_line(dsn: str, tmp_path: Path) -> None:
    with pytest.raises(PostgresError, match="no Postgres answers at the given DSN") as caught:
        open_postgres(dsn, directory=tmp_path).__enter__()
    assert "\n" not in str(caught.value)


def test_a_cluster_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "initdb").write_text("#!/bin/sh\necho first >&2\necho the disk is full >&2\nexit 1\n")
    (binaries / "initdb").chmod(0o755)
    with pytest.raises(PostgresError, match="could not be set up: the disk is full; give a DSN"):
        open_postgres("embedded", directory=tmp_path, binaries=binaries).__enter__()
