"""Histogram for batches: one observation per record, counted per batch (prometheus_client's takes one at a time)."""

import threading
from collections.abc import Iterable, Sequence

import numpy as np
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector


class BatchHistogram(Collector):
    """A Prometheus histogram that takes many observations at once."""

    def __init__(
        self, name: str, documentation: str, *, buckets: Sequence[float], registry: CollectorRegistry = REGISTRY
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._bounds = np.asarray(buckets, dtype=np.float64)
        self._counts = np.zeros(len(buckets) + 1, dtype=np.int64)
        self._sum = 0.0
        self._lock = threading.Lock()
        registry.register(self)

    def observe(self, value: float, *, times: int = 1) -> None:
        """Count ``times`` observations of the same value."""
        with self._lock:
            self._counts[np.searchsorted(self._bounds, value)] += times
            self._sum += value * times

    def observe_all(self, values: Sequence[float]) -> None:
        """Count each of the values."""
        array = np.asarray(values, dtype=np.float64)
        bins = np.bincount(np.searchsorted(self._bounds, array), minlength=len(self._counts))
        with self._lock:
            self._counts += bins
            self._sum += float(array.sum())

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """Return the histogram with cumulative buckets."""
        with self._lock:
            cumulative, total = np.cumsum(self._counts), self._sum
        bounds = [*(repr(float(bound)) for bound in self._bounds), "+Inf"]
        buckets = [(bound, float(count)) for bound, count in zip(bounds, cumulative, strict=True)]
        yield HistogramMetricFamily(self._name, self._documentation, buckets=buckets, sum_value=total)
