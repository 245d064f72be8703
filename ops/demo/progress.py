"""Progress: one line of numbers every other second, from what the worker exports."""

import time
from collections.abc import Callable

from ops.demo.programs import Program
from ops.rollout.sources.metrics_client import Scrape

SOURCES = ("model", "rules", "fallback", "none")


class Live:
    """Looks at a worker and says what changed since its last look."""

    def __init__(self, worker: Program, *, say: Callable[[str], None]) -> None:
        self._worker = worker
        self._say = say
        self._last: Scrape = worker.scrape()
        self._last_at = time.monotonic()

    def look(self) -> Scrape:
        """Print one line and return what was added since the last look."""
        scrape, now = self._worker.scrape(), time.monotonic()
        added, seconds = scrape.since(self._last), now - self._last_at
        self._last, self._last_at = scrape, now
        scored = added.total("lm_stream_transactions_total")
        served = "  ".join(
            f"{source} {_percent(added.total('lm_ml_predictions_total', source=source), scored)}" for source in SOURCES
        )
        agree = added.total("lm_suggest_compare_total", outcome="agree")
        disagree = added.total("lm_suggest_compare_total", outcome="disagree")
        self._say(
            f"  {scrape.total('lm_rollout_percent'):>3.0f} % canary  {scored / seconds:>6,.0f}/s  {served}  "
            f"agree {_percent(agree, agree + disagree)}  p95 {_milliseconds(added.quantile(E2E, 0.95))}  "
            f"lag {scrape.total('lm_stream_consumer_lag'):,.0f}"
        )
        return added


E2E = "lm_stream_end_to_end_seconds"


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:>3.0f} %" if whole else "   -"


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"≤ {1_000 * seconds:.0f} ms"
