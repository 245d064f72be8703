"""The commands of docs/RECOVERY.md, taken from the page and run: what they bring back is whole and not doubled."""

import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ops.local.broker import Broker
from ops.local.postgres import Postgres
from tests.integration.recovery import commands, run, told
from tests.promises.events import payment
from tests.promises.passed_release import VERSION, write_passed_release
from tests.promises.stack import Stack

pytestmark = pytest.mark.integration


@pytest.fixture
def stack(embedded_broker_of_one: str, database: str, tmp_path: Path) -> Stack:
    stack = Stack(embedded_broker_of_one, database, tmp_path, {"LEDGERMIND_LANDING_SESSION_TIMEOUT_MS": "6000"})
    stack.succeed("topics", "create")
    stack.succeed("warehouse", "migrate")
    return stack


@pytest.fixture
def embedded_broker_of_one(start_broker: Callable[[], Broker]) -> str:
    return start_broker().bootstrap_servers


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    (tmp_path / "backup").mkdir()
    return tmp_path / "backup"


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[str]:
    """Return the DSN of another empty database."""
    name = f"restored_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
        yield make_conninfo(postgres.dsn, dbname=name)
        connection.execute(f"drop database {name} with (force)".encode())


@pytest.mark.slow
def test_a_registry_that_is_lost_comes_back_from_its_copy(stack: Stack, backup: Path) -> None:
    save, restore = commands("Registry")
    write_passed_release(stack.registry)
    stack.succeed("rollout", "init", SUGGEST_USE_MODEL_CANARY="100")
    stack.set_share("100", "--canary", VERSION)
    run(save, stack, BACKUP=str(backup))
    shutil.rmtree(stack.registry)
    with stack.worker("without"):
        stack.score([payment(number, txn_id=f"without-{number}") for number in range(20)])
    began = time.monotonic()
    assert VERSION in run(restore, stack, BACKUP=str(backup))
    with stack.worker("with"):
        stack.score([payment(number, txn_id=f"with-{number}") for number in range(20)])
    told("registry", "1 release, checked and served again", began)
    versions = {one.json["txn_id"]: one.json["model_version"] for one in stack.read("suggestions")}
    assert {version for txn_id, version in versions.items() if txn_id.startswith("without-")} == {None}
    assert {version for txn_id, version in versions.items() if txn_id.startswith("with-")} == {VERSION}


def test_a_postgres_that_is_lost_comes_back_from_a_dump_and_the_topics(stack: Stack, backup: Path, empty: str) -> None:
    save, restore = commands("Postgres")
    sent = stack.publish("transactions", [payment(number) for number in range(3_000)])
    with stack.landing():
        stack.wait_until_landed("transactions")
        stack.succeed("forget", "user-9")
        run(save, stack, BACKUP=str(backup))
        sent += stack.publish("transactions", [payment(number) for number in range(3_000, 5_000)])
        stack.wait_until_landed("transactions")
    rows = "select source_partition, source_offset, txn_id from raw.transactions order by 1, 2"
    before = stack.sql(rows)
    began = time.monotonic()
    assert run(restore, stack, BACKUP=str(backup), LEDGERMIND_POSTGRES_DSN=empty).split()[-1] == "2700"
    restored = Stack(stack.bootstrap_servers, empty, stack.folder, dict(stack.variables))
    with restored.landing():
        restored.wait_until_landed("transactions")
    told("Postgres, positions behind the topic", "5,000 sent, 2,700 from the dump, 4,500 landed, doubled 0", began)
    assert restored.sql(rows) == before
    forgotten = {number for number in range(5_000) if number % 10 == 9}  # the dump keeps who was forgotten
    kept = [address for number, address in enumerate(sent) if number not in forgotten]
    assert sorted((partition, offset) for partition, offset, _ in before) == sorted(kept)
    assert restored.sql("select has_table_privilege('ledgermind_landing', 'raw.transactions', 'insert')") == [(True,)]
