"""A policy's own criteria in SQL, asked of a real Postgres: read-only, each in its own time, each failing alone."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ops.local.postgres import open_postgres
from ops.rollout.patience import Patience
from ops.rollout.policies import POLICIES, load_policy
from ops.rollout.rollout_state import place
from ops.rollout.sources.criteria import CriteriaAnswer, criteria_at
from streams.rollout.change import Change, first_record, successor
from streams.settings import SuggestSettings

pytestmark = pytest.mark.warehouse
BEGUN = datetime(2026, 3, 1, tzinfo=UTC)
FAST = POLICIES / "fast.yml"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the DSN of a Postgres with sales of two arms in it."""
    with open_postgres("embedded", directory=tmp_path_factory.mktemp("shop")) as server:
        with psycopg.connect(server.dsn) as connection:
            connection.execute("create table sales (model text, amount numeric, at timestamptz)")
            connection.execute(
                "insert into sales select 'm', 12.5, %s from generate_series(1, 40)", (BEGUN + timedelta(days=1),)
            )
            connection.execute("insert into sales values ('m', 900, %s)", (BEGUN - timedelta(days=1),))
        yield server.dsn


def asked(dsn: str | None, folder: Path, *queries: str, **more: object) -> CriteriaAnswer:
    """Ask queries, named a, b, … in their order."""
    names = "abcdefgh"[: len(queries)]
    criteria = [
        {"name": name, "sql": query, "direction": "above", "limit": 0, "timeout_seconds": 2} | more
        for name, query in zip(names, queries, strict=True)
    ]
    file = folder / "mine.yml"
    file.write_text(FAST.read_text() + "criteria: " + json.dumps(criteria))
    first = first_record(SuggestSettings(), canary_model="m", actor="ada", now=BEGUN - timedelta(days=2))
    chain = [first, successor(first, Change(actor="ada", reason="x", percent="10.00"), now=BEGUN)]
    ask = criteria_at(load_policy(str(file)), Patience(30), prometheus=None, dsn=dsn)
    return ask(place(chain), BEGUN + timedelta(days=2))


SINCE = """-- sales of the canary's model since its share moved; 100 % of them
select avg(amount) from sales
where model = current_setting('ledgermind.canary') and at >= current_setting('ledgermind.since')::timestamptz
    and model like 'm%';"""


def test_a_query_gives_its_number_and_knows_where_the_rollout_stands(shop: str, tmp_path: Path) -> None:
    more = {"minimum_sample": 10, "sample": "select count(*) from sales"}
    values, faults = asked(shop, tmp_path, SINCE, "select current_setting('ledgermind.percent')::float8", **more)
    assert faults == ()
    assert (values["a"].value, values["a"].sample) == (12.5, 41)
    assert values["b"].value == 10


BAD = {
    "slow": ("select 1 from pg_sleep(60)", "Postgres did not answer it within 2 s"),
    "no table": ("select x from nowhere", 'relation "nowhere" does not exist'),
    "no SQL": ("what is it", "syntax error"),
    "empty": ("select amount from sales where false", "its query gives no value"),
    "null": ("select max(amount) from sales where false", "its query gives no value"),
    "many rows": ("select amount from sales", "its query must give one row of one column"),
    "two columns": ("select 1, 2", "its query must give one row of one column"),
    "text": ("select 'many'", "a value of type str, a number is needed"),
    "a truth": ("select true", "a value of type bool, a number is needed"),
    "writing": ("with gone as (delete from sales returning 1) select count(*) from gone", "not measured"),
    "writing by a function": ("select setval('numbers', 9)", "read-only transaction"),
    "leaving the transaction": ("select 1) as x; commit; delete from sales; select * from (select 1", "not measured"),
}


@pytest.mark.parametrize("case", BAD)
def test_one_that_fails_costs_itself_alone_is_named_and_changes_nothing(shop: str, tmp_path: Path, case: str) -> None:
    query, says = BAD[case]
    with psycopg.connect(shop) as connection:
        connection.execute("create sequence if not exists numbers")
    began = time.monotonic()
    values, (fault,) = asked(shop, tmp_path, query, "select count(*) from sales")
    assert fault.startswith("criterion a not measured: "), fault
    assert says in fault
    assert "\n" not in fault
    assert values["a"].value is None
    assert values["b"].value == 41
    assert time.monotonic() - began < 20


def test_a_nan_is_handed_on_to_be_named(shop: str, tmp_path: Path) -> None:
    values, _ = asked(shop, tmp_path, "select 'NaN'::float8")
    assert values["a"].value != values["a"].value


def test_a_postgres_that_is_away_is_named_for_each(tmp_path: Path) -> None:
    values, faults = asked("postgresql://127.0.0.1:1/none", tmp_path, "select 1", "select 2")
    assert [fault.split(":")[0] for fault in faults] == ["criterion a not measured", "criterion b not measured"]
    assert {one.value for one in values.values()} == {None}
