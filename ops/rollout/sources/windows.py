"""Windows: where the counts of a look come from, Prometheus or the workers themselves, over two windows."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from ops.rollout.patience import LOOK_SECONDS, Patience
from ops.rollout.sources.metrics_client import Scrape
from ops.rollout.sources.prometheus import added_over, freshness_states
from ops.rollout.sources.workers import Workers, read_metrics


class Window(NamedTuple):
    """What was counted, and over how many seconds."""

    added: Scrape
    seconds: float


class MetricsSource(Protocol):
    """Whatever counts; raises OpsError where it cannot be asked."""

    def recent(self, seconds: float) -> Window:
        """Return what was counted in the short window."""
        ...

    def rates(self, seconds: float) -> Window:
        """Return what was counted in the window of rates."""
        ...

    def freshness(self) -> Scrape | None:
        """Return the states of the warehouse's sources, None where nobody was named who knows."""
        ...


class FromPrometheus:
    """Asks a Prometheus that scrapes the workers, and the warehouse's exporter.

    ``clock`` gives the epoch seconds that count as now, for a past that is judged again; without it Prometheus' own do.
    """

    def __init__(self, url: str, *, patience: Patience | None = None, clock: Callable[[], float] | None = None) -> None:
        self._url = url
        self._patience = Patience(LOOK_SECONDS) if patience is None else patience
        self._clock = clock

    def recent(self, seconds: float) -> Window:
        """Return what was counted in the short window."""
        return Window(added_over(self._url, seconds=seconds, patience=self._patience, at=self._now()), seconds)

    rates = recent

    def freshness(self) -> Scrape | None:
        """Return the states as they were scraped last, None where the exporter is not scraped."""
        found = freshness_states(self._url, patience=self._patience, at=self._now())
        return found if found.samples else None

    def _now(self) -> float | None:
        return None if self._clock is None else self._clock()


class FromWorkers:
    """Asks the workers; ``wait`` lets the first window pass, without it that window is as short as it is.

    That wait was asked for, so it is no part of the time that a look may take.
    """

    def __init__(
        self,
        workers: Workers,
        *,
        patience: Patience,
        exporter: str | None,
        clock: Callable[[], float],
        wait: Callable[[float], None] | None,
    ) -> None:
        self._workers = workers
        self._patience = patience
        self._exporter = exporter
        self._clock = clock
        self._wait = wait

    def recent(self, seconds: float) -> Window:
        """Look at every worker; return what was counted in the short window, as far as it was looked at."""
        if self._wait is not None and not self._workers.has_looked:
            self._workers.look(self._clock())
            self._wait(seconds)
            self._patience.begin()
        self._workers.look(self._clock())
        return self.rates(seconds)

    def rates(self, seconds: float) -> Window:
        """Return what was counted in the window of rates, up to the look before."""
        return Window(*self._workers.added(seconds=seconds))

    def freshness(self) -> Scrape | None:
        """Return what the exporter says now; raises OpsError where it does not answer."""
        if self._exporter is None:
            return None
        return Scrape(read_metrics(self._exporter, self._patience, option="--freshness"))
