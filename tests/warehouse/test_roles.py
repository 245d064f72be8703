"""Each program does its job with its role's rights and is refused the others'; none of them is a superuser."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ops.errors import OpsError
from ops.rollout.evidence.session import open_session
from ops.rollout.evidence.warehouse import ask_warehouse
from ops.rollout.evidence.warehouse_history import COMPARED, FAILED, RELEASES, SPAN, SPOKEN, read_recorded
from ops.rollout.patience import Patience
from ops.rollout.policies import load_policy
from ops.rollout.rollout_state import place
from ops.warehouse.dbt import Warehouse, run_dbt
from ops.warehouse.migrate import migrate
from scorer.rollout.metrics import Standing
from streams.landing.store import LandingStore
from streams.rollout.change import first_record
from streams.settings import SuggestSettings
from tests.conftest import Run
from tests.warehouse.conftest import AS_OF, SEED, named

pytestmark = pytest.mark.warehouse
POLICY, STANDING = load_policy("default"), Standing(percent=10.0, has_model=True)
ROLLOUT = [first_record(SuggestSettings(), canary_model="m", actor="ada", now=AS_OF)]
WHENEVER: dict[str, object] = {
    "canary": "m", "begin": AS_OF, "end": AS_OF, "since": AS_OF, "now": AS_OF, "bounds": [0.1], "most": 1, "newest": 1,
}  # fmt: skip
ROLES = ("landing", "dbt", "trainer", "judge")


@pytest.fixture(scope="module")
def database(server: str) -> Iterator[str]:
    """Return a database with raw rows, nothing built, and a login for each role."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database roles")
        dsn = named(server, "roles")
        migrate(dsn)
        for role in ROLES:
            connection.execute(f"create role a_{role} login in role ledgermind_{role} password 'secret'")
        with psycopg.connect(dsn) as seeding:
            seeding.execute(SEED.read_bytes())
        yield dsn
        connection.execute("drop database roles with (force)")
        for role in ROLES:
            connection.execute(f"drop role a_{role}")


def as_user(dsn: str, role: str) -> str:
    return make_conninfo(dsn, user=f"a_{role}", password="secret")


def refused(dsn: str, statement: str) -> bool:
    """Whether Postgres denies a statement for want of a right."""
    with psycopg.connect(dsn) as connection:
        try:
            connection.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            return True
    return False


def test_landing_adds_and_moves_but_changes_nothing(database: str) -> None:
    dsn = as_user(database, "landing")
    store = LandingStore(dsn)
    store.begin_at({("transactions", 3): 0})
    assert store.positions()["transactions", 3] == 0
    assert store.land([], []).rows.total() == 0
    store.close()
    for statement in (
        "delete from raw.transactions",
        "update raw.transactions set amount = 0",
        "drop table raw.rejects",
    ):
        assert refused(dsn, statement)


def test_dbt_builds_what_trainer_and_judge_read_and_none_does_another_s_work(
    database: str, tmp_path: Path, ledgermind: Run
) -> None:
    dbt, trainer = as_user(database, "dbt"), as_user(database, "trainer")
    run_dbt(Warehouse(dbt, tmp_path / "dbt"), "build", as_of=AS_OF)
    assert refused(dbt, "insert into raw.rejects select * from raw.rejects")
    assert refused(dbt, "truncate raw.transactions")

    done = ledgermind("features", "--as-of", AS_OF.isoformat(), LEDGERMIND_POSTGRES_DSN=trainer)
    assert done.returncode == 0, done.stderr
    with psycopg.connect(trainer) as connection:
        rows = connection.execute("select count(*) from marts.fct_training_view").fetchone()
        assert rows is not None
        assert rows[0] > 0
    assert refused(trainer, "select * from raw.transaction_labels")  # labels come through the mart and its tests only
    assert refused(trainer, "delete from marts.fct_training_view")

    judge = as_user(database, "judge")
    with open_session(judge, Patience(30)) as session:
        assert ask_warehouse(STANDING, session, POLICY, place(ROLLOUT), now=AS_OF).faults == ()
        with pytest.raises(OpsError, match="holds no comparison of a canary"):
            read_recorded(session, POLICY, expected_fallback=0.2, now=AS_OF)
    with psycopg.connect(judge) as connection:
        for statement in (RELEASES, SPAN, COMPARED, FAILED, SPOKEN):
            connection.execute(statement.encode(), WHENEVER)
    for statement in (
        "select original_value from raw.dead_letters",
        "select account_id from staging.stg_transactions",
        "select * from raw.transaction_labels",
        "select * from marts.fct_training_view",
        "delete from marts.fct_suggestion_compare",
        "update raw.suggestion_feedback set action = 'accept'",
        "update rollout.paired_outcomes set sign = 1",
        "delete from rollout.paired_outcomes",
        "select explanations from raw.suggestion_events",
        "insert into raw.rollout_decisions select * from raw.rollout_decisions",
        "create table marts.own ()",
        "create table public.own ()",
    ):
        assert refused(judge, statement), statement


def test_the_judge_may_settle_a_label_that_names_no_account(database: str) -> None:
    with psycopg.connect(as_user(database, "judge")) as connection:
        found = connection.execute(
            "select label from raw.settled_label('u1', 'a', 'first', '2026-01-10Z', %s)", (AS_OF,)
        ).fetchall()
    assert found == [("Groceries",)]


def test_nobody_is_a_superuser(database: str) -> None:
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "select bool_or(rolsuper or rolcreaterole or rolcreatedb) from pg_roles where rolname like 'ledgermind\\_%'"
        ).fetchone()
    assert found == (False,)
