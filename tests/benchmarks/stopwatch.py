"""Stopwatch: CPU seconds of alternatives that take turns, so that a machine's bad minute falls on all of them."""

import gc
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


class Stopwatch:
    """Collects laps by name; a round is one lap of each."""

    def __init__(self) -> None:
        self._laps: dict[str, list[float]] = defaultdict(list)
        self._sums: dict[str, float] = {}

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        """Time what happens inside and add it to the running round."""
        began = time.thread_time()
        yield
        self._sums[name] = self._sums.get(name, 0.0) + time.thread_time() - began

    def close_round(self, *, rows: int) -> None:
        """Keep the round's seconds per row."""
        for name, seconds in self._sums.items():
            self._laps[name].append(seconds / rows)
        self._sums.clear()

    def drop_round(self) -> None:
        """Forget what was timed since the last round was closed."""
        self._sums.clear()

    def medians(self) -> Mapping[str, float]:
        """Return the median seconds per row of each name, in the order of first use."""
        return {name: statistics.median(laps) for name, laps in self._laps.items()}


def rounds(count: int, run: Callable[[], int], watch: Stopwatch) -> None:
    """Run once to warm up, then ``count`` rounds that count; ``run`` returns how many rows it went through."""
    run()
    watch.drop_round()
    for _ in range(count):
        gc.collect()
        watch.close_round(rows=run())
