"""The embedded Postgres answers, as root too, and ends with the command that started it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ops.errors import PostgresError
from ops.local.ports import free_port
from ops.local.postgres import Postgres, open_postgres
from tests.conftest import Run
from tests.support.process_tree import descendants, wait_until_gone

pytestmark = pytest.mark.integration

HOLDER = """
import sys, time
from pathlib import Path
from ops.local.postgres import open_postgres
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
    wait_until_gone(family)
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


def test_a_server_that_dies_at_its_start_is_said_in_one_line(tmp_path: Path) -> None:
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for name, script in (("initdb", "exit 0"), ("postgres", "echo FATAL: no room for memory >&2; exit 1")):
        (binaries / name).write_text(f"#!/bin/sh\n{script}\n")
        (binaries / name).chmod(0o755)
    with pytest.raises(PostgresError, match="embedded Postgres ended at its start with code 1: FATAL: no room"):
        open_postgres("embedded", directory=tmp_path, binaries=binaries).__enter__()


UNREACHED = [
    pytest.param(["rollout", "status"], 4, id="rollout status"),
    pytest.param(["rollout", "set", "10", "--reason", "x"], 4, id="rollout set"),
    pytest.param(["topics", "check"], 4, id="topics"),
    pytest.param(["publish", "one.csv"], 4, id="publish"),
    pytest.param(["import", "one.csv"], 9, id="import"),
    pytest.param(["warehouse", "migrate"], 9, id="migrate"),
    pytest.param(["warehouse", "freshness"], 9, id="freshness"),
    pytest.param(["features"], 9, id="features"),
    pytest.param(["train"], 9, id="train"),
]


@pytest.mark.parametrize(("arguments", "code"), UNREACHED)
def test_a_command_that_reaches_nobody_says_so_in_one_line_with_a_code_of_its_own(
    ledgermind: Run, tmp_path: Path, arguments: list[str], code: int
) -> None:
    (tmp_path / "one.csv").write_text("txn_id,occurred_at,amount,description\na,2026-01-01,-1,X\n")
    port = str(free_port())
    nobody = f"127.0.0.1:{port}"
    answer = ledgermind(
        *arguments, LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS=nobody, LEDGERMIND_POSTGRES_DSN=f"postgresql://{nobody}/none"
    )
    assert answer.returncode == code
    (line,) = answer.stderr.splitlines()
    assert port in line


def test_a_database_of_another_encoding_is_refused_before_anything_is_made_in_it(
    postgres: Postgres, ledgermind: Run
) -> None:
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("create database ascii_only encoding 'SQL_ASCII' template template0 locale 'C'")
        try:
            dsn = make_conninfo(postgres.dsn, dbname="ascii_only")
            answer = ledgermind("warehouse", "migrate", LEDGERMIND_POSTGRES_DSN=dsn)
            assert answer.returncode == 2
            (line,) = answer.stderr.splitlines()
            assert "encoding is SQL_ASCII, UTF8 is needed" in line
            with psycopg.connect(dsn) as other:
                assert other.execute("select count(*) from pg_namespace where nspname = 'raw'").fetchone() == (0,)
        finally:
            connection.execute("drop database ascii_only with (force)")
