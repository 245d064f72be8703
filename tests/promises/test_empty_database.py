"""What every program promises on a database that is empty, or that nobody migrated: it says what is missing."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ops.patience import wait_for
from tests.promises.program import Finished, start_program
from tests.promises.stack import Stack, unused_port

MIGRATE = "`ledgermind warehouse migrate`"
# What Postgres itself would say; none of it helps who reads it.
RAW = re.compile(r"relation \"|schema \"|column \"|Undefined|Database Error|Traceback|please report")
CSV = "txn_id,user_id,occurred_at,amount,currency,description,category\nc1,u,2026-01-02,-1.00,GBP,TESCO,Groceries\n"


@pytest.fixture(scope="module")
def unmigrated(stack: Stack) -> Iterator[Stack]:
    """Return the stack on a database without a table."""
    name = "unmigrated"
    with psycopg.connect(stack.dsn, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    bare = Stack(stack.bootstrap_servers, make_conninfo(stack.dsn, dbname=name), stack.folder, stack.variables)
    (stack.folder / "one.csv").write_text(CSV)
    yield bare
    with psycopg.connect(stack.dsn, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)".encode())


@pytest.mark.promise(
    "A command on a database without LedgerMind's tables says so and names `ledgermind warehouse migrate`.",
    "docs/DATA_QUALITY.md",
)
@pytest.mark.parametrize(
    "words",
    [
        "warehouse freshness",
        "warehouse build",
        "warehouse test",
        "warehouse docs",
        "warehouse skew",
        "features",
        "import one.csv",
        "train",
        "retrain",
        "registry record",
        "replay --from 2026-01-01 --to 2026-01-02",
    ],
)
def test_a_command_on_a_database_without_tables_names_the_migration(unmigrated: Stack, words: str) -> None:
    done = unmigrated.run(*words.split())
    assert done.code != 0
    assert MIGRATE in the_line(done)


@pytest.mark.promise(
    "A command on a database without LedgerMind's tables says so and names `ledgermind warehouse migrate`.",
    "docs/DATA_QUALITY.md",
)
@pytest.mark.parametrize("words", ["warehouse build --every 1h", "retrain --every 7d", "warehouse export"])
def test_a_service_on_a_database_without_tables_goes_on_and_names_the_migration(
    unmigrated: Stack, tmp_path: Path, words: str
) -> None:
    port, log = unused_port(), tmp_path / "service.log"
    where = {
        "LEDGERMIND_POSTGRES_DSN": unmigrated.dsn,
        "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": unmigrated.bootstrap_servers,
        "LEDGERMIND_REGISTRY": str(tmp_path / "registry"),
    }
    service = start_program(
        *words.split(), "--port", str(port), "--target", str(tmp_path), log=log, port=port, variables=where
    )
    try:
        wait_for(lambda: service.runs and MIGRATE in log.read_text(), log.read_text)
        assert service.page("/metrics")[0] == 200
    finally:
        service.stop()
    assert RAW.search(log.read_text()) is None


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("warehouse freshness", 1, "`ledgermind landing` or `ledgermind import`"),
        ("warehouse skew", 1, "`ledgermind features`"),
        ("features", 0, "0 transactions"),
        ("retrain", 3, "`ledgermind landing` or `ledgermind import`"),
        ("warehouse build", 0, ""),
        ("train", 1, "`ledgermind landing` or `ledgermind import`"),
        ("registry record", 0, "holds all 0 releases"),
        ("registry rollback --reason none", 1, "`ledgermind registry promote`"),
        ("evaluate", 1, "`ledgermind train`"),
        ("rollout status", 1, "ledgermind rollout init"),
        ("rollout judge --looks 1", 1, "ledgermind rollout init"),
        ("verify-calibrator", 2, "run `ledgermind train`"),
        ("predict TESCO", 1, "`ledgermind train`"),
        ("thresholds", 1, "`ledgermind train`"),
        ("dlq list", 0, "0 dead letters"),
    ],
)
@pytest.mark.promise("A command on an empty database says what it waits for.", "docs/DATA_QUALITY.md")
def test_a_command_on_an_empty_database_says_what_it_waits_for(
    stack: Stack, tmp_path: Path, words: str, code: int, says: str
) -> None:
    done = stack.run(*words.split(), LEDGERMIND_REGISTRY=str(tmp_path / "registry"))
    said = done.stdout + done.stderr
    assert (done.code, says in said) == (code, True), said[-1_000:]
    assert RAW.search(said) is None, said[-1_000:]


def the_line(done: Finished) -> str:
    """Return the one line that a command said on stderr."""
    (line,) = [line for line in done.stderr.splitlines() if line.strip()]
    assert RAW.search(line) is None
    return line
