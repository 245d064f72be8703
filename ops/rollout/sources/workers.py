"""Workers: what they counted over a window, from their own /metrics, looked at again and again."""

import math
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Final, Protocol

from ops.errors import OpsError
from ops.rollout.patience import Patience
from ops.rollout.sources.metrics_client import TIMEOUT_SECONDS, Labels, Scrape, scrape
from ops.rollout.sources.prometheus import COUNTED

Key = tuple[str, Labels]
Samples = dict[Key, float]
STARTED: Final = ("process_start_time_seconds", ())
HOUR_SECONDS: Final = 3_600.0
MAX_PROCESSES: Final = 64  # remembered behind each address


class Read(Protocol):
    """Returns what a program shows now; raises OpsError, which names the option, where it does not answer."""

    def __call__(self, url: str, patience: Patience, *, option: str) -> Samples:
        """Return every sample."""
        ...


class Workers:
    """Remembers its looks, so that a window can be as long as the time since the first one.

    What was added is counted for each process and series apart, before anything is summed, by the rule of PromQL's
    ``increase``: a counter that fell was started anew, and what it shows now was added since. Processes behind one
    address are told apart by when they started, so that a balancer between them is no row of restarts. A sample that
    is not finite or negative makes the windows that end with it not measured, and no other.
    Looks older than ``keep_seconds`` are kept by the hour. ``wall`` gives epoch seconds, ``counted`` names the counters
    that are remembered, ``read`` returns the samples of one worker.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        keep_seconds: float,
        patience: Patience,
        wall: Callable[[], float] = time.time,
        counted: Collection[str] = COUNTED,
        read: Read | None = None,
    ) -> None:
        self._urls = list(dict.fromkeys(url.rstrip("/") for url in urls))
        self._patience = patience
        self._keep_seconds = keep_seconds
        self._wall = wall
        self._counted = counted
        self._read = read or read_metrics
        self._last: dict[tuple[str, float], Samples] = {}
        self._looked_at: dict[str, float] = {}  # epoch seconds
        self._sum: Samples = {}
        self._looks: deque[tuple[float, Samples]] = deque()
        self._hours: list[tuple[float, Samples]] = []
        self._unusable: set[Key] = set()  # at the last look

    @property
    def has_looked(self) -> bool:
        """Whether there is a look that a window can begin with."""
        return bool(self._looks)

    def look(self, at: float) -> None:
        """Look at every worker at a time of a monotonic clock; raises OpsError where one does not answer."""
        wall, self._unusable = self._wall(), set()
        for url, found in [(url, self._read(url, self._patience, option="--worker")) for url in self._urls]:
            self._add(url, found)
            self._looked_at[url] = wall
        self._looks.append((at, dict(self._sum)))
        if not self._hours or at - self._hours[-1][0] >= HOUR_SECONDS:
            self._hours.append(self._looks[-1])
        while len(self._looks) > 2 and self._looks[1][0] <= at - self._keep_seconds:
            self._looks.popleft()

    def added(self, *, seconds: float) -> tuple[Scrape, float]:
        """Return what was added since the last look that is ``seconds`` old, or the first one, and how long that is.

        A window longer than every look is kept begins with the first hour's look inside it. Raises OpsError where no
        look succeeded.
        """
        if not self._looks:
            raise OpsError("no worker's counters were read yet")
        now, last = self._looks[-1]
        dense = next((one for one in reversed(self._looks) if one[0] <= now - seconds), None)
        begun, first = dense or next((one for one in self._hours if one[0] >= now - seconds), self._looks[0])
        added = dict(Scrape(last).since(Scrape(first)).samples) | dict.fromkeys(self._unusable, math.nan)
        return Scrape(added), now - begun

    def _add(self, url: str, found: Samples) -> None:
        """Add what one process counted since it was last looked at; note what is no count."""
        process = (url, found.get(STARTED, 0.0))
        # A process that began after the last look at its address has counted everything since then.
        is_fresh = url in self._looked_at and process[1] > self._looked_at[url]
        before = self._last.pop(process, {} if is_fresh else None)
        usable: Samples = {}
        for key, value in found.items():
            if key[0] not in self._counted:
                continue
            if not (math.isfinite(value) and value >= 0):
                self._unusable.add(key)
                continue
            added = 0.0 if before is None else value - before.get(key, 0.0)
            self._sum[key] = self._sum.get(key, 0.0) + (added if added >= 0 else value)
            usable[key] = value
        self._last[process] = (before or {}) | usable
        while len(self._last) > MAX_PROCESSES * len(self._urls):
            del self._last[next(iter(self._last))]  # the one that was not seen for longest


def read_metrics(url: str, patience: Patience, *, option: str) -> Samples:
    """Return what a program shows now; raises OpsError, which names the option, where it does not answer."""
    seconds = patience.left(url, most=TIMEOUT_SECONDS)
    try:
        return dict(scrape(f"{url.rstrip('/')}/metrics", seconds=seconds).samples)
    except (OSError, ValueError) as error:
        raise OpsError(f"no metrics at {url}: {error}; look at {option}") from error
