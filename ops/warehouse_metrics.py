"""Warehouse metrics: freshness of every source and what became of dbt's last run, for Prometheus or as a text file."""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, start_http_server, write_to_textfile
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ops.accuracy_error import accuracy_error_family, read_accuracy_errors
from ops.dbt import DbtError, RunResults, Warehouse, read_results, run_dbt
from ops.errors import OpsError
from ops.freshness import FreshnessState, SourceFreshness, read_freshness

TEST: Final = "test."  # begins the id of what is a test

Clock = Callable[[], float]  # epoch seconds


class WarehouseCollector(Collector):
    """Holds what was measured last; ages are taken when somebody asks.

    Before the first measurement, and where Postgres cannot be reached, every source is unmeasured.
    """

    def __init__(self, warehouse: Warehouse, *, now: Clock) -> None:
        self._warehouse = warehouse
        self._now = now
        self._errors: dict[str, float] = {}
        self._states: Sequence[SourceFreshness] = read_freshness(Path("nothing was measured yet"))

    def measure(self, as_of: datetime | None = None) -> Sequence[SourceFreshness]:
        """Have dbt look at every source, and return the states; ``as_of`` is the time that counts as now."""
        artefact = self._warehouse.target / "sources.json"
        with suppress(DbtError):  # a stale source fails dbt, too; where dbt did not run there is no artefact to read
            run_dbt(self._warehouse, "source", "freshness", as_of=as_of)
        self._states = read_freshness(artefact)
        self._errors = read_accuracy_errors(self._warehouse.dsn)
        return self._states

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics as they stand."""
        loaded_at = GaugeMetricFamily(
            "dbt_source_loaded_at_seconds", "Time of a source's newest row, in epoch seconds.", labels=["table"]
        )
        state = GaugeMetricFamily(
            "dbt_source_freshness_state",
            "1 for the state that a source is in, 0 for the others.",
            labels=["table", "state"],
        )
        for source in self._states:
            if source.latest_at is not None:
                loaded_at.add_metric([source.source], source.latest_at.timestamp())
            for one in FreshnessState:
                state.add_metric([source.source, one.value], float(source.state is one))
        yield from (loaded_at, state, *_last_run(self._results(), self._now()), accuracy_error_family(self._errors))

    def _results(self) -> RunResults | None:
        try:
            return read_results(self._warehouse.target / "run_results.json")
        except DbtError:
            return None


def write_textfile(collector: WarehouseCollector, path: Path) -> None:
    """Write the metrics for a node exporter's textfile collector: whole or not at all."""
    registry = CollectorRegistry()
    registry.register(collector)
    try:
        write_to_textfile(str(path), registry)
    except OSError as error:
        raise OpsError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error


def serve(collector: WarehouseCollector, host: str, port: int, *, every_seconds: float, stop: threading.Event) -> None:
    """Answer /metrics and measure again and again until told to stop; raises OpsError where nobody can listen."""
    registry = CollectorRegistry()
    registry.register(collector)
    try:
        server, _ = start_http_server(port, host, registry)
    except OSError as error:
        raise OpsError(
            f"cannot listen at {host}:{port} ({(error.strerror or str(error)).lower()}); give another --port"
        ) from error
    while not stop.is_set():
        collector.measure()
        stop.wait(every_seconds)
    server.shutdown()


def _last_run(results: RunResults | None, now: float) -> Iterable[Metric]:
    failures = GaugeMetricFamily(
        "dbt_test_failures", "Rows that a test found in the last run; 1 for a test that could not run.", labels=["test"]
    )
    age = GaugeMetricFamily("dbt_run_age_seconds", "Since the last run of models or tests ended.")
    if results is not None:
        for node in results.results:
            if node.unique_id.startswith(TEST):
                failures.add_metric([node.name], float(node.failures or node.is_failed))
        age.add_metric([], now - results.metadata.generated_at.timestamp())
    yield from (failures, age)
