"""Freshness measured by dbt: fresh, warn after two days, error after five, unmeasured where nothing is."""

from datetime import UTC, datetime

import psycopg
import pytest

from ops.warehouse.dbt import DbtError, Warehouse, run_dbt
from ops.warehouse.freshness import read_freshness
from ops.warehouse.watched_sources import FreshnessState

pytestmark = pytest.mark.warehouse


def states(warehouse: Warehouse, as_of: datetime) -> dict[str, str]:
    try:
        run_dbt(warehouse, "source", "freshness", as_of=as_of)
    except DbtError as error:
        assert error.failures
    return {source.source: source.state.value for source in read_freshness(warehouse.target / "sources.json")}


def at(day: int) -> datetime:
    return datetime(2026, 4, day, tzinfo=UTC)


def test_a_source_is_as_fresh_as_its_last_row_and_an_old_import_is_not_fresh(spoilt: Warehouse) -> None:
    """Rows were loaded on 14 April; the last transaction before then happened in March."""
    tables = ("transactions", "transaction_labels", "ml_features", "suggestion_events", "suggestion_compare")
    raw = {f"raw.{table}" for table in tables}
    for day, state in ((15, FreshnessState.FRESH), (17, FreshnessState.WARN), (20, FreshnessState.ERROR)):
        found = states(spoilt, at(day))
        assert {found[name] for name in raw} == {state}
        assert found["events.transactions_by_event"] == FreshnessState.ERROR
    with psycopg.connect(spoilt.dsn) as connection:
        connection.execute("truncate raw.ml_features, raw.suggestion_events")
    emptied = states(spoilt, at(15))
    assert emptied["raw.ml_features"] == emptied["raw.suggestion_events"] == FreshnessState.UNMEASURED


def test_a_row_loaded_in_the_future_measures_nothing(spoilt: Warehouse) -> None:
    """A clock that ran ahead once would keep a source fresh for years."""
    with psycopg.connect(spoilt.dsn) as connection:
        connection.execute("update raw.ml_features set loaded_at = '2999-01-01Z'")
        connection.execute("update raw.transactions set loaded_at = '2999-01-01Z' where txn_id = 'first'")
    found = states(spoilt, at(20))
    assert found["raw.ml_features"] == FreshnessState.UNMEASURED
    assert found["raw.transactions"] == FreshnessState.ERROR  # of the rows that were loaded on 14 April
