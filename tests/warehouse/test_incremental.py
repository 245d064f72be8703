"""A model that grows: what landed late, landed again or was labelled anew is found by the next build, nothing twice."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from ops.warehouse.dbt import Warehouse, run_dbt
from tests.warehouse.conftest import AS_OF

pytestmark = pytest.mark.warehouse
MART = "marts.fct_suggestion_compare"
ROWS = f"select * from {MART} order by event_id"
# Two rows land late, one of them of before everything that was built; one lands again; the label of a fourth, which
# nothing touched, has changed.
LATER = """
create temporary table copied as select * from raw.suggestion_compare where source_partition = 0 and source_offset < 3;
update copied set event_id = 'a-b-0-' || 100 + source_offset, source_offset = 100 + source_offset,
    loaded_at = case source_offset when 0 then '2026-04-13 06:00Z'::timestamptz else '2020-01-01Z' end;
insert into raw.suggestion_compare select * from copied where source_offset < 102;
update raw.suggestion_compare set loaded_at = '2026-04-14 12:00Z', outcome = 'neither'
    where source_partition = 0 and source_offset = 4;
insert into raw.transaction_labels (label_event_id, txn_id, user_id, label, source, observed_at)
values ('new', 'first', 'u1', 'Cash', 'human', '2026-04-14Z');
"""
ONE_MORE = """
insert into raw.suggestion_compare (source_topic, source_partition, source_offset, event_id, txn_id, user_id, arm,
    bucket, answers, outcome, served_source, rollout_version, scored_in_us, compared_at)
select source_topic, source_partition, %(offset)s, 'a-b-0-' || %(offset)s, txn_id, user_id, arm,
    bucket, answers, outcome, served_source, rollout_version, scored_in_us, compared_at
from raw.suggestion_compare where source_partition = 0 and source_offset = 0
"""


@pytest.fixture
def build(spoilt: Warehouse) -> Callable[..., object]:
    """Return a function that builds the mart and what it rests on."""
    return lambda *words: run_dbt(spoilt, "run", "--select", "+fct_suggestion_compare", *words, as_of=AS_OF)


def test_late_and_redelivered_rows_and_new_labels_are_taken_and_nothing_twice(
    spoilt: Warehouse, failing_tests: Callable[[str], list[str]], build: Callable[..., object]
) -> None:
    before = rows(spoilt)
    with psycopg.connect(spoilt.dsn) as connection:
        connection.execute(LATER.encode())
    assert "compare_mart_holds_every_comparison" in failing_tests("select")
    build()
    after = rows(spoilt)
    assert set(after) - set(before) == {"a-b-0-100", "a-b-0-101"}
    assert {name for name in before if before[name] != after[name]} == {"a-b-0-0", "a-b-0-4"}
    assert (after["a-b-0-0"]["label"], after["a-b-0-4"]["outcome"]) == ("Cash", "neither")
    assert "compare_mart_holds_every_comparison" not in failing_tests("select")
    build("--full-refresh")
    assert rows(spoilt) == after


def test_a_landing_that_is_open_across_a_build_loses_nothing(spoilt: Warehouse, build: Callable[..., object]) -> None:
    """Its rows carry the time at which it began; what landed and was built in between does not hide them."""
    before = rows(spoilt)
    with psycopg.connect(spoilt.dsn) as slow:
        slow.execute(ONE_MORE.encode(), {"offset": 200})
        with psycopg.connect(spoilt.dsn, autocommit=True) as quick:
            quick.execute(ONE_MORE.encode(), {"offset": 201})
        build()
        assert set(rows(spoilt)) - set(before) == {"a-b-0-201"}
        slow.commit()
    build()
    assert set(rows(spoilt)) - set(before) == {"a-b-0-200", "a-b-0-201"}


def rows(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    with psycopg.connect(warehouse.dsn, row_factory=psycopg.rows.dict_row) as connection:
        found = connection.execute(ROWS.encode()).fetchall()
    named = {row["event_id"]: row for row in found}
    assert len(named) == len(found)
    return named
