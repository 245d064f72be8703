"""Histogram for batches: one observation per record, counted per batch (prometheus_client's takes one at a time)."""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector


class BatchHistogram(Collector):
    """A Prometheus histogram that takes many observations at once.

    With ``label``, a name and its closed set of values, every value has a histogram of its own, at zero from the start.
    """

    def __init__(
        self,
        name: str,
        documentation: str,
        *,
        buckets: Sequence[float],
        label: tuple[str, Iterable[str]] | None = None,
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._bounds = [float(bound) for bound in buckets]
        self._labelnames = () if label is None else (label[0],)  # by the name that the client's own metrics have
        values = [""] if label is None else list(label[1])
        self._counts = {value: [0] * (len(self._bounds) + 1) for value in values}
        self._sums = dict.fromkeys(values, 0.0)
        self._lock = threading.Lock()
        registry.register(self)

    def observe(self, value: float, *, times: int = 1, of: str = "") -> None:
        """Count ``times`` observations of the same value, of one value of the label."""
        with self._lock:
            self._counts[of][bisect_left(self._bounds, value)] += times
            self._sums[of] += value * times

    def observe_all(self, values: Sequence[float], *, of: str = "") -> None:
        """Count each of the values, of one value of the label."""
        import numpy as np  # noqa: PLC0415 - a command that counts no batch has these metrics, too, and starts without it

        array = np.asarray(values, dtype=np.float64)
        bins = np.bincount(np.searchsorted(self._bounds, array), minlength=len(self._bounds) + 1).tolist()
        with self._lock:
            self._counts[of] = [before + added for before, added in zip(self._counts[of], bins, strict=True)]
            self._sums[of] += float(array.sum())

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """Return the histogram with cumulative buckets."""
        with self._lock:
            seen = {value: (list(accumulate(counts)), self._sums[value]) for value, counts in self._counts.items()}
        bounds = [*(repr(bound) for bound in self._bounds), "+Inf"]
        family = HistogramMetricFamily(self._name, self._documentation, labels=self._labelnames)
        for value, (cumulative, total) in seen.items():
            buckets = [(bound, float(count)) for bound, count in zip(bounds, cumulative, strict=True)]
            family.add_metric([value] if self._labelnames else [], buckets=buckets, sum_value=total)
        yield family
