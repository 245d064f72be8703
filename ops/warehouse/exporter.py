"""Warehouse exporter: measures the warehouse again and again and answers Prometheus, or writes a text file once."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from ops.errors import OpsError, PostgresError
from ops.monitoring.metrics_page import metrics_page
from ops.warehouse.accuracy_error import accuracy_error_family, read_accuracy_errors
from ops.warehouse.dbt import DbtError, RunResults, Warehouse, read_results, run_dbt
from ops.warehouse.freshness import SourceFreshness, read_freshness
from ops.warehouse.metrics import freshness_metrics, run_metrics, skew_metrics, training_metrics
from ops.warehouse.migrate import NotMigratedError, require_migrated
from ops.warehouse.served_labels import Counts, read_served_labels, served_labels_family
from ops.warehouse.skew import Skew, SkewError, measure_skew
from ops.warehouse.training_history import TrainingHistory, read_training_history
from scorer.errors import RegistryError

EVERY_SECONDS: Final = 300.0
VALID_ROUNDS: Final = 3.0  # a measurement older than this many rounds says nothing any more
NOTHING: Final = Path("nothing was measured")

log = structlog.get_logger(__name__)

Clock = Callable[[], float]  # epoch seconds
Codes = Callable[[], Mapping[str, int]]  # the merchant category codes of what is served


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one round found; ``at`` is its end in epoch seconds. What could not be asked is None or unmeasured."""

    at: float
    states: Sequence[SourceFreshness]
    training: TrainingHistory | None
    skew: Skew | None
    accuracy_errors: Mapping[str, float]
    served_labels: Counts


UNMEASURED: Final = Measurement(0.0, tuple(read_freshness(NOTHING)), None, None, {}, {})


class WarehouseCollector(Collector):
    """Holds what was measured last; ages are taken when somebody asks.

    Before the first measurement, where Postgres cannot be reached, and once the last measurement is out of date (dbt
    may hang on a lock), every source is unmeasured.
    """

    def __init__(self, warehouse: Warehouse, *, codes: Codes, now: Clock, every_seconds: float = EVERY_SECONDS) -> None:
        self._warehouse = warehouse
        # A folder of its own: a training that looks at dbt's artefacts must not find them half written by us.
        self._own = replace(warehouse, target=warehouse.target / "exporter")
        self._codes = codes
        self._now = now
        self._valid_seconds = VALID_ROUNDS * every_seconds
        self._last = UNMEASURED
        self._waits_for: str | None = None

    def measure(self, as_of: datetime | None = None) -> Sequence[SourceFreshness]:
        """Look at everything, and return the sources' states; ``as_of`` is the time that counts as now."""
        dsn = self._warehouse.dsn
        try:
            require_migrated(dsn)  # dbt takes long to say that nobody answers, or that there is no table
        except (PostgresError, NotMigratedError) as error:
            self._say(str(error))
            self._last = UNMEASURED
            return self._last.states
        self._say(None)
        with suppress(DbtError):  # a stale source fails dbt, too; where dbt did not run there is no artefact to read
            run_dbt(self._own, "source", "freshness", as_of=as_of)
        states = read_freshness(self._own.target / "sources.json")
        errors = read_accuracy_errors(dsn)
        served = read_served_labels(dsn)
        self._last = Measurement(self._now(), states, read_training_history(dsn), self._skew(dsn), errors, served)
        return states

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics as they stand."""
        now = self._now()
        last = self._last if now - self._last.at <= self._valid_seconds else UNMEASURED
        yield from freshness_metrics(last.states)
        yield from run_metrics(self._results(), now=now)
        yield from training_metrics(last.training)
        yield from skew_metrics(last.skew)
        yield accuracy_error_family(last.accuracy_errors)
        yield served_labels_family(last.served_labels)

    def _say(self, waits_for: str | None) -> None:
        """Log once what the measurement waits for, and once that it goes on."""
        if waits_for != self._waits_for and waits_for is not None:
            log.warning("warehouse_unmeasured", reason=waits_for)
        elif waits_for != self._waits_for:
            log.info("warehouse_measured")
        self._waits_for = waits_for

    def _skew(self, dsn: str) -> Skew | None:
        """Compare other rows each time."""
        try:
            return measure_skew(dsn, mcc=self._codes(), seed=int(self._now()))
        except (PostgresError, SkewError, RegistryError):
            return None

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
    with metrics_page(registry, host=host, port=port):
        while not stop.is_set():
            collector.measure()
            stop.wait(every_seconds)
