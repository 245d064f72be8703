"""Drain: waits until the landing has landed what is on the topics."""

import time
from collections.abc import Callable

from ops.rollout.sources.metrics_client import scrape


def drain(landing: str, seconds: float, *, unless: Callable[[], bool] = lambda: False) -> None:
    """Wait until the landing at an address has nothing left to land, a little longer than its batches take."""
    deadline = time.monotonic() + seconds
    quiet = 0
    while quiet < 3 and time.monotonic() < deadline and not unless():
        try:
            lag = scrape(f"{landing}/metrics").total("lm_landing_lag")
        except OSError:
            return
        quiet = quiet + 1 if lag == 0 else 0
        time.sleep(0.3)
