"""A model that grows: what landed late, landed again or was labelled anew is found by the next build, nothing twice."""

import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from ops.dbt import Warehouse, run_dbt
from tests.warehouse.conftest import AS_OF

pytestmark = pytest.mark.warehouse
MART = "marts.fct_suggestion_compare"
ROWS = f"select * from {MART} order by event_id"
# Rows of the seed were loaded on 14 April. One lands late, one of before the lookback, one lands again; the label of a
# fourth, which nothing touched, has changed.
LATER = """
create temporary table copied as select * from raw.suggestion_compare where source_partition = 0 and source_offset < 3;
update copied set event_id = 'a-b-0-' || 100 + source_offset, source_offset = 100 + source_offset,
    loaded_at = case source_offset when 0 then '2026-04-13 06:00Z'::timestamptz else '2026-04-01Z' end;
insert into raw.suggestion_compare select * from copied where source_offset < 102;
update raw.suggestion_compare set loaded_at = '2026-04-14 12:00Z', outcome = 'neither'
    where source_partition = 0 and source_offset = 4;
insert into raw.transaction_labels values ('new', 'first', 'u1', 'Cash', 'human', '2026-04-14Z');
"""


def test_late_and_redelivered_rows_and_new_labels_are_taken_and_nothing_twice(
    spoilt: Warehouse, failing_tests: Callable[[str], list[str]], tmp_path: Path
) -> None:
    shutil.copytree(spoilt.target, tmp_path / "dbt")
    warehouse = Warehouse(spoilt.dsn, tmp_path / "dbt")
    before = rows(spoilt)
    with psycopg.connect(spoilt.dsn) as connection:
        connection.execute(LATER.encode())
    run_dbt(warehouse, "run", "--select", "+fct_suggestion_compare", as_of=AS_OF)
    after = rows(spoilt)
    assert set(after) - set(before) == {"a-b-0-100"}
    assert {name for name in before if before[name] != after[name]} == {"a-b-0-0", "a-b-0-4"}
    assert (after["a-b-0-0"]["label"], after["a-b-0-4"]["outcome"]) == ("Cash", "neither")
    assert "compare_mart_holds_every_comparison" in failing_tests("select")  # it misses what came after the lookback

    run_dbt(warehouse, "run", "--select", "fct_suggestion_compare", "--full-refresh", as_of=AS_OF)
    whole = rows(spoilt)
    assert set(whole) - set(after) == {"a-b-0-101"}
    assert {name: whole[name] for name in after} == after
    assert "compare_mart_holds_every_comparison" not in failing_tests("select")


def rows(warehouse: Warehouse) -> dict[str, dict]:
    with psycopg.connect(warehouse.dsn, row_factory=psycopg.rows.dict_row) as connection:
        found = connection.execute(ROWS.encode()).fetchall()
    named = {row["event_id"]: row for row in found}
    assert len(named) == len(found)
    return named
