"""Worker counters: what one worker counted over the last minutes, and what its gauges show now."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ops.console.settings import DEADLINE_SECONDS
from ops.rollout.patience import Patience
from ops.rollout.sources.metrics_client import Scrape
from ops.rollout.sources.prometheus import COUNTED, added_over
from ops.rollout.sources.workers import Samples, Workers, read_metrics

WINDOW_SECONDS: Final = 300.0  # of shares and quantiles
RATE_SECONDS: Final = 10.0  # of the rate
PROMETHEUS_RATE_SECONDS: Final = 60.0  # a scrape every 15 s is usual, and a rate needs two of them
# What the page shows, and by which labels it is told apart.
SHOWN: Final = COUNTED | {
    "lm_ml_predictions_total": "source, arm",
    "lm_ml_fallback_total": "reason",
    "lm_stream_end_to_end_seconds_bucket": "le",
}


@dataclass(frozen=True, slots=True)
class WorkerLook:
    """One look: ``added`` over ``seconds``, the newest part of it over ``rate_seconds``, and every gauge."""

    url: str
    gauges: Scrape
    added: Scrape
    seconds: float
    rate_added: Scrape
    rate_seconds: float


class WorkerCounters:
    """Remembers the looks at one worker; a worker that restarts counts on."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.url = url.rstrip("/")
        self._clock = clock
        self._samples: Samples = {}
        self._patience = Patience(DEADLINE_SECONDS, clock=clock)
        self._workers = Workers(
            [self.url], keep_seconds=WINDOW_SECONDS, patience=self._patience, counted=SHOWN, read=self._read
        )

    def look(self) -> WorkerLook:
        """Look once; raises OpsError where the worker does not answer."""
        self._patience.begin()
        self._workers.look(self._clock())
        added, seconds = self._workers.added(seconds=WINDOW_SECONDS)
        rate_added, rate_seconds = self._workers.added(seconds=RATE_SECONDS)
        return WorkerLook(self.url, Scrape(self._samples), added, seconds, rate_added, rate_seconds)

    def _read(self, url: str, patience: Patience, *, option: str) -> Samples:
        self._samples = read_metrics(url, patience, option=option)
        return self._samples


class PrometheusCounters:
    """The same of all workers together, from a Prometheus that scrapes them; it knows no single worker's gauges."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._patience = Patience(DEADLINE_SECONDS)

    def look(self) -> WorkerLook:
        """Look once; raises OpsError where Prometheus does not answer or knows no worker."""
        self._patience.begin()
        added, rate_added = (
            added_over(self.url, seconds=seconds, patience=self._patience, counted=SHOWN)
            for seconds in (WINDOW_SECONDS, PROMETHEUS_RATE_SECONDS)
        )
        return WorkerLook(self.url, Scrape({}), added, WINDOW_SECONDS, rate_added, PROMETHEUS_RATE_SECONDS)
