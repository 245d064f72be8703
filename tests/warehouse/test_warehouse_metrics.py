"""The exporter says of each source what dbt measured, down to unmeasured, and of each test what it found."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ops.dbt import Warehouse
from ops.freshness import FreshnessState
from ops.ports import free_port
from ops.warehouse_metrics import WarehouseCollector, write_textfile
from tests.conftest import Run
from tests.warehouse.conftest import AS_OF

pytestmark = pytest.mark.warehouse
SOURCE = "raw.ml_features"


def collected(collector: WarehouseCollector) -> dict[str, dict[tuple[str, ...], float]]:
    """Return every sample: metric, label values, value."""
    return {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples}
        for family in collector.collect()
    }


def state_of(samples: Mapping[tuple[str, ...], float], source: str) -> FreshnessState:
    """Return the one state that is 1; all others must be 0."""
    states = {FreshnessState(state): value for (table, state), value in samples.items() if table == source}
    assert sorted(states.values()) == [0.0, 0.0, 0.0, 1.0]
    return max(states, key=lambda state: states[state])


def test_each_state_is_exported_as_it_is_measured(spoilt: Warehouse) -> None:
    collector = WarehouseCollector(spoilt, now=AS_OF.timestamp)
    assert state_of(collected(collector)["dbt_source_freshness_state"], SOURCE) is FreshnessState.UNMEASURED
    for days, state in ((0, FreshnessState.FRESH), (3, FreshnessState.WARN), (6, FreshnessState.ERROR)):
        collector.measure(AS_OF + timedelta(days=days))
        found = collected(collector)
        assert state_of(found["dbt_source_freshness_state"], SOURCE) is state
        newest = datetime.fromtimestamp(found["dbt_source_loaded_at_seconds"][SOURCE,], UTC)
        assert AS_OF - timedelta(days=2) < newest < AS_OF
    with psycopg.connect(spoilt.dsn) as connection:
        connection.execute("truncate raw.ml_features")
    collector.measure(AS_OF)
    found = collected(collector)
    assert state_of(found["dbt_source_freshness_state"], SOURCE) is FreshnessState.UNMEASURED
    assert (SOURCE,) not in found["dbt_source_loaded_at_seconds"]
    assert state_of(found["dbt_source_freshness_state"], "raw.transactions") is FreshnessState.FRESH


def test_the_last_run_is_exported(built: Warehouse, tmp_path: Path) -> None:
    later = time.time() + 3_600
    found = collected(WarehouseCollector(built, now=lambda: later))
    assert 3_600 <= found["dbt_run_age_seconds"][()] < 7_200
    assert len(found["dbt_test_failures"]) > 40
    assert set(found["dbt_test_failures"].values()) == {0.0}
    nothing = collected(WarehouseCollector(Warehouse(built.dsn, tmp_path), now=lambda: later))
    assert nothing["dbt_run_age_seconds"] == {}  # no run, no age: an alert on absence, not a young run


def test_a_warehouse_that_is_gone_is_unmeasured(ledgermind: Run, tmp_path: Path) -> None:
    dsn = f"postgresql://127.0.0.1:{free_port()}/gone"
    done = ledgermind("warehouse", "export", "--textfile", "metrics.prom", "--dsn", dsn)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "metrics.prom").read_text().splitlines()
    assert 'dbt_source_freshness_state{state="unmeasured",table="raw.transactions"} 1.0' in lines


def test_a_file_that_cannot_be_written_and_a_taken_port_are_one_line(
    ledgermind: Run, built: Warehouse, tmp_path: Path
) -> None:
    done = ledgermind("warehouse", "export", "--textfile", "no/such/folder/metrics.prom", "--dsn", built.dsn)
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1
    assert "cannot be written" in done.stderr
    write_textfile(WarehouseCollector(built, now=AS_OF.timestamp), tmp_path / "ok.prom")
    assert not list(tmp_path.glob("*.tmp*"))
