"""The exporter says of each source what dbt measured, down to unmeasured, and what tests and trainings came to."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ops.local.ports import free_port
from ops.local.process import start, stop
from ops.patience import patience_seconds, wait_for
from ops.warehouse.dbt import Warehouse
from ops.warehouse.exporter import WarehouseCollector, write_textfile
from ops.warehouse.training_history import read_training_history
from ops.warehouse.watched_sources import FreshnessState
from tests.conftest import ROOT, Run
from tests.warehouse.conftest import AS_OF
from trainer.blockers import Blocker, BlockerReason
from trainer.run_log import record_blocked

pytestmark = pytest.mark.warehouse
SOURCE = "raw.ml_features"


def codes() -> Mapping[str, int]:
    """Return no code at all: none of the small past's transactions has one."""
    return {}


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
    collector = WarehouseCollector(spoilt, codes=codes, now=AS_OF.timestamp)
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
    found = collected(WarehouseCollector(built, codes=codes, now=lambda: later))
    assert 3_600 <= found["dbt_run_age_seconds"][()] < 7_200
    assert len(found["dbt_test_failures"]) > 40
    assert set(found["dbt_test_failures"].values()) == {0.0}
    nothing = collected(WarehouseCollector(Warehouse(built.dsn, tmp_path), codes=codes, now=lambda: later))
    assert nothing["dbt_run_age_seconds"] == {}  # no run, no age: an alert on absence, not a young run


def test_a_measurement_that_is_out_of_date_is_unmeasured(spoilt: Warehouse) -> None:
    """As where dbt hangs on a lock: what was fresh once says nothing of now."""
    now = AS_OF.timestamp()
    collector = WarehouseCollector(spoilt, codes=codes, now=lambda: now, every_seconds=60)
    collector.measure(AS_OF)
    for seconds, state in ((179, FreshnessState.FRESH), (2, FreshnessState.UNMEASURED)):
        now += seconds
        assert state_of(collected(collector)["dbt_source_freshness_state"], SOURCE) is state


def test_a_test_that_did_not_run_is_no_test_that_found_nothing(built: Warehouse, tmp_path: Path) -> None:
    nodes = [
        {"unique_id": f"test.ledgermind.{status}.ab12", "status": status, "failures": failures}
        for status, failures in (("pass", 0), ("fail", 7), ("warn", 3), ("error", None), ("skipped", None))
    ]
    metadata = {"generated_at": AS_OF.isoformat(), "invocation_id": "x"}
    (tmp_path / "run_results.json").write_text(json.dumps({"metadata": metadata, "results": nodes}))
    found = collected(WarehouseCollector(Warehouse(built.dsn, tmp_path), codes=codes, now=AS_OF.timestamp))
    assert found["dbt_test_failures"] == {("pass",): 0, ("fail",): 7, ("warn",): 3, ("error",): 1, ("skipped",): 1}


def test_trainings_are_counted_from_the_warehouse_and_the_last_ones_blocks_are_named(spoilt: Warehouse) -> None:
    """The numbers are the last release's, also after a run that made none."""
    released = "insert into raw.ml_training_runs (run_id, model_version, result, as_of, started_at, f1_macro, ece)"
    with psycopg.connect(spoilt.dsn) as connection:
        connection.execute(f"{released} values ('a', 'v1', 'PASS', now(), '2026-04-01Z', 0.81, 0.02)".encode())
        connection.execute(f"{released} values ('b', 'v2', 'REFUSED', now(), '2026-04-02Z', 0.61, 0.04)".encode())
    at = datetime(2026, 4, 3, tzinfo=UTC)
    empty = Blocker(BlockerReason.UNFIT, "the training mart is empty", "`ledgermind train` once there are other rows")
    record_blocked(spoilt.dsn, [empty], as_of=at, started_at=at)
    stale = Blocker(BlockerReason.STALE, "raw.ml_features is error", "`ledgermind features`")
    record_blocked(spoilt.dsn, [stale], as_of=at, started_at=at + timedelta(days=1))
    collector = WarehouseCollector(spoilt, codes=codes, now=AS_OF.timestamp)
    collector.measure(AS_OF)
    found = collected(collector)
    counts = {labels[0]: value for labels, value in found["lm_ml_train_runs"].items()}
    assert counts == {"pass": 1, "refused": 1, "inconclusive": 0, "blocked": 2}
    assert (found["lm_ml_train_f1_macro"][()], found["lm_ml_train_ece"][()]) == (0.61, 0.04)
    blocked = {labels[0] for labels, value in found["lm_ml_training_blocked"].items() if value}
    assert blocked == {"stale"}
    assert len(found["lm_ml_training_blocked"]) == len(BlockerReason)
    assert read_training_history("postgresql://127.0.0.1:1/none?connect_timeout=1") is None


def test_the_exporter_answers_until_it_is_stopped(built: Warehouse, tmp_path: Path) -> None:
    port = free_port()
    command = [str(Path(sys.executable).parent / "ledgermind"), "warehouse", "export", f"--port={port}"]
    log = tmp_path / "export.log"
    process = start([*command, f"--dsn={built.dsn}", f"--target={tmp_path / 'dbt'}"], log=log, directory=ROOT)
    try:
        wanted = f'dbt_source_freshness_state{{state="fresh",table="{SOURCE}"}}'

        def measured() -> str:
            assert process.poll() is None, log.read_text()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=patience_seconds()) as answer:
                page = str(answer.read().decode())
            is_all = f"{wanted} 0.0" in page and 'unmeasured",table="raw.transactions"} 1.0' not in page
            return page if is_all else ""

        page = wait_for(measured, lambda: f"measurement: {log.read_text()}", refusals=(OSError,))
        assert f'dbt_source_freshness_state{{state="error",table="{SOURCE}"}} 1.0' in page  # loaded in April
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    except subprocess.TimeoutExpired:
        pytest.fail(log.read_text())
    finally:
        stop(process)


def test_a_warehouse_that_is_gone_is_unmeasured(ledgermind: Run, tmp_path: Path) -> None:
    dsn = f"postgresql://127.0.0.1:{free_port()}/gone"
    done = ledgermind("warehouse", "export", "--textfile", "metrics.prom", "--dsn", dsn)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "metrics.prom").read_text().splitlines()
    assert 'dbt_source_freshness_state{state="unmeasured",table="raw.transactions"} 1.0' in lines
    assert not [line for line in lines if line.startswith(("lm_ml_", "dbt_source_loaded", "dbt_run_age"))]


def test_a_file_that_cannot_be_written_and_a_taken_port_are_one_line(
    ledgermind: Run, built: Warehouse, tmp_path: Path
) -> None:
    asked = ("warehouse", "export", "--textfile", "no/such/folder/metrics.prom", "--dsn", built.dsn)
    done = ledgermind(*asked)
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1
    assert "cannot be written" in done.stderr
    write_textfile(WarehouseCollector(built, codes=codes, now=AS_OF.timestamp), tmp_path / "ok.prom")
    assert not list(tmp_path.glob("*.tmp*"))
