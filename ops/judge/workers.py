"""Workers: what they counted over a window, from their own /metrics, looked at again and again."""

from collections import deque
from collections.abc import Sequence

from ops.demo.scrape import TIMEOUT_SECONDS, Labels, Scrape, scrape
from ops.errors import OpsError
from ops.judge.patience import Patience

Samples = dict[tuple[str, Labels], float]


class Workers:
    """Remembers its looks, so that a window can be as long as the time since the first one.

    A counter that fell was started anew with its worker: what it shows now was added since.
    """

    def __init__(self, urls: Sequence[str], *, keep_seconds: float, patience: Patience) -> None:
        self._urls = urls
        self._patience = patience
        self._keep_seconds = keep_seconds
        self._last: dict[str, Samples] = {}
        self._sum: Samples = {}
        self._looks: deque[tuple[float, Samples]] = deque()

    @property
    def has_looked(self) -> bool:
        """Whether there is a look that a window can begin with."""
        return bool(self._looks)

    def look(self, at: float) -> None:
        """Look at every worker at a time of a monotonic clock; raises OpsError where one does not answer."""
        for url, found in [(url, read_metrics(url, self._patience, option="--worker")) for url in self._urls]:
            before = self._last.get(url)
            for key, value in found.items():
                added = 0.0 if before is None else value - before.get(key, 0.0)
                self._sum[key] = self._sum.get(key, 0.0) + (added if added >= 0 else value)
            self._last[url] = found
        self._looks.append((at, dict(self._sum)))
        while len(self._looks) > 2 and self._looks[1][0] <= at - self._keep_seconds:
            self._looks.popleft()

    def added(self, *, seconds: float) -> tuple[Scrape, float]:
        """Return what was added since the last look that is ``seconds`` old, or the first one, and how long that is."""
        now, last = self._looks[-1]
        begun, first = next((one for one in reversed(self._looks) if one[0] <= now - seconds), self._looks[0])
        return Scrape(last).since(Scrape(first)), now - begun


def read_metrics(url: str, patience: Patience, *, option: str) -> Samples:
    """Return what a program shows now; raises OpsError, which names the option, where it does not answer."""
    seconds = patience.left(url, most=TIMEOUT_SECONDS)
    try:
        return dict(scrape(f"{url.rstrip('/')}/metrics", seconds=seconds).samples)
    except (OSError, ValueError) as error:
        raise OpsError(f"no metrics at {url}: {error}; look at {option}") from error
