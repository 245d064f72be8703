"""Each alert of sources, training and marts, fired by what it speaks of: an exporter and a build over Postgres.

Days are seconds here: the rules differ from the shipped ones in their durations alone; ages of rows are real days.
"""

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ops.local.ports import free_port
from ops.local.process import start, stop
from ops.patience import wait_for
from ops.warehouse.dbt import Warehouse
from tests.support.observatory import Observatory, reported_observatory
from trainer.blockers import Blocker, BlockerReason
from trainer.run_log import record_blocked

pytestmark = [pytest.mark.warehouse, pytest.mark.chaos_ops]
FACTOR = 60_480  # a week is ten seconds
LEDGERMIND = str(Path(sys.executable).parent / "ledgermind")
SOURCES = ("transactions", "transaction_labels", "ml_features")
STALE = ("SourceStaleTransactions", "SourceStaleTransactionLabels", "SourceStaleMLFeatures")
CRITICAL = 'ALERTS{alertname="SourceCriticalStale", table="raw.ml_features", alertstate="firing"}'
log = logging.getLogger(__name__)


def ago(days: int) -> datetime:
    """Return the moment that is so many days ago."""
    return datetime.fromtimestamp(time.time(), UTC) - timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Scene:
    """A warehouse that may be spoilt, an exporter that looks at it, and Prometheus over that."""

    dsn: str
    exporter: subprocess.Popen[bytes]
    prometheus: Observatory

    def age(self, days: int) -> None:
        """Make the newest row of each source that old."""
        loaded_at = ago(days)
        with psycopg.connect(self.dsn) as connection:
            for table in SOURCES:
                connection.execute(f"update raw.{table} set loaded_at = %s".encode(), (loaded_at,))

    def expect(self, *names: str) -> None:
        """Wait for each alert, and log how long it took."""
        since = time.monotonic()
        for name in names:
            self.prometheus.wait_until_fires(name)
            log.warning("%s: %.1f s after its cause, durations divided by %d", name, time.monotonic() - since, FACTOR)


@pytest.fixture
def scene(spoilt: Warehouse, tmp_path: Path) -> Iterator[Scene]:
    exporter, builder = free_port(), free_port()
    exporting = [LEDGERMIND, "warehouse", "export", "--port", str(exporter), "--every", "10", "--dsn", spoilt.dsn]
    building = [LEDGERMIND, "warehouse", "build", "--every", "30s", "--port", str(builder)]
    nowhere = ["--dsn", "postgresql://127.0.0.1:1/none"]
    with ExitStack() as stack:
        process = start([*exporting, "--target", str(tmp_path / "exported")], log=tmp_path / "exporter.log")
        stack.callback(stop, process)
        stack.callback(
            stop, start([*building, *nowhere, "--target", str(tmp_path / "built")], log=tmp_path / "build.log")
        )
        ports = {"freshness": [exporter], "warehouse": [builder]}
        yield Scene(spoilt.dsn, process, stack.enter_context(reported_observatory(tmp_path, ports, factor=FACTOR)))


def test_what_is_wrong_with_the_warehouse_is_called_by_its_name(scene: Scene) -> None:
    scene.age(days=3)
    scene.expect(*STALE, "FreshnessObjectiveMissed", "WarehouseBuildFailed", "WarehouseBuildOld")
    assert not scene.prometheus.values(CRITICAL)  # the events themselves are older than that
    scene.age(days=6)
    scene.expect("SourceCriticalStale")
    wait_for(lambda: scene.prometheus.values(CRITICAL), "word of each source")

    with psycopg.connect(scene.dsn) as connection:
        connection.execute("truncate raw.ml_features")
        connection.execute("truncate raw.ml_training_runs")
    long_ago = ago(9)
    blocker = Blocker(BlockerReason.STALE, "raw.ml_features is stale", "ledgermind features")
    record_blocked(scene.dsn, [blocker], as_of=long_ago, started_at=long_ago)
    scene.expect("SourceUnmeasured", "TrainingBlocked", "RetrainingLate")

    with psycopg.connect(scene.dsn) as connection:
        # Each label ten times: the objective speaks of days with 50 of them at least.
        connection.execute(
            "insert into marts.fct_suggestions_eval"
            " select one.* from marts.fct_suggestions_eval as one, generate_series(1, 9)"
        )
        connection.execute(
            "update marts.fct_suggestions_eval set is_mature = true, is_shown = true, is_correct = false,"
            " label_observed_at = now()"
        )
        (labels,) = connection.execute("select count(*) from marts.fct_suggestions_eval").fetchone() or (0,)
    assert labels >= 50, "the objective asks for as many"
    scene.expect("SLOServedPrecisionFastBurn", "SLOServedPrecisionSlowBurn")


def test_an_exporter_that_ends_is_missed(scene: Scene) -> None:
    wait_for(lambda: scene.prometheus.values("dbt_source_freshness_state"), "freshness")
    scene.prometheus.wait_until_silent("FreshnessExporterSilent")
    stop(scene.exporter)
    scene.expect("FreshnessExporterSilent")
