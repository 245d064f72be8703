"""What retention removes is gone in every mart after a build, and no data test takes it for a loss."""

import psycopg
import pytest

from ops.errors import OpsError
from ops.warehouse.dbt import Warehouse, run_dbt
from ops.warehouse.retention import TABLES, apply_retention, read_retention, set_retention
from tests.warehouse.conftest import AS_OF

pytestmark = pytest.mark.warehouse
ADDRESSED = ("transactions", "suggestion_events", "suggestion_compare", "dead_letters")
OLD = "2026-03-01Z"
AGE = "update raw.{} set loaded_at = %s where source_offset %% 2 = 0 and source_partition = 0"
SINCE = "select extract(epoch from now() - %s::timestamptz)::float"


def scalar(dsn: str, query: str, *parameters: object) -> float:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode(), parameters or None).fetchone()
    assert row is not None
    return float(row[0])


@pytest.mark.parametrize("tables", [("transactions", "suggestion_compare"), ("suggestion_events", "dead_letters")])
def test_a_build_after_retention_passes_every_test(spoilt: Warehouse, tables: tuple[str, ...]) -> None:
    with psycopg.connect(spoilt.dsn) as connection:
        for table in ADDRESSED:
            connection.execute(AGE.format(table).encode(), (OLD,))
    old = {
        f"raw.{table}": int(scalar(spoilt.dsn, f"select count(*) from raw.{table} where loaded_at = %s", OLD))
        for table in tables
    }
    assert sum(old.values()) > 0
    for table in tables:
        set_retention(spoilt.dsn, table, scalar(spoilt.dsn, SINCE, "2026-03-15Z"))
    counted = apply_retention(spoilt.dsn, dry_run=True)
    removed = apply_retention(spoilt.dsn)
    assert removed == counted
    assert {one.table: one.rows for one in removed}.items() >= old.items()
    assert apply_retention(spoilt.dsn)[0].rows == 0
    assert scalar(spoilt.dsn, "select (erasure.whole_since() < '2026-04-14Z')::int") == 1  # the rest is still tested
    run_dbt(spoilt, "build", as_of=AS_OF)


def test_a_table_keeps_its_rows_until_it_is_told_otherwise(spoilt: Warehouse) -> None:
    assert read_retention(spoilt.dsn) == dict.fromkeys(TABLES)
    set_retention(spoilt.dsn, "rejects", 3_000_000)
    assert read_retention(spoilt.dsn)["rejects"] == 3_000_000
    set_retention(spoilt.dsn, "rejects", None)
    assert read_retention(spoilt.dsn) == dict.fromkeys(TABLES)
    assert apply_retention(spoilt.dsn) == []
    with pytest.raises(OpsError, match="nothing was removed"):
        set_retention(spoilt.dsn, "rejects", -1)


def test_every_table_with_rows_of_users_refuses_the_forgotten_and_has_a_retention(built: Warehouse) -> None:
    with psycopg.connect(built.dsn) as connection:
        with_users = {
            str(name)
            for (name,) in connection.execute(
                """
                select columns.table_name from information_schema.columns
                inner join information_schema.tables using (table_schema, table_name)
                where table_schema = 'raw' and column_name in ('user_id', 'original_key') and table_type = 'BASE TABLE'
                """
            )
        }
        guarded = {
            str(name)
            for (name,) in connection.execute(
                "select tgrelid::regclass::text from pg_trigger where tgname in ('refuse_forgotten', 'empty_forgotten')"
            )
        }
    assert guarded == {f"raw.{table}" for table in with_users}
    assert with_users - set(TABLES) == {"user_hints", "ml_features"}
