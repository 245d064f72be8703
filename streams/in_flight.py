"""In flight: how many batches were handed over and are not finished, and whether there is room for another."""

import threading
import time
from typing import Final

# Two queued, one being scored, one being committed. The channel must hold all of them: puts that wait for room overtake
# each other, and the ledger would refuse what was overtaken. Only a backlog is worth a queue: what comes while a batch
# is committed makes the next one, or small batches would wait behind each other, a commit long each.
MAX_IN_FLIGHT: Final = 4


class InFlight:
    """Counted up by the polling thread, counted down by the sink's."""

    def __init__(self) -> None:
        self._count = 0
        self._allowed = 1
        self._changed = threading.Condition()
        self.unfinished_since: float | None = None  # monotonic seconds: the first poll after the last commit

    @property
    def count(self) -> int:
        """How many batches were handed over and are not finished."""
        return self._count

    @property
    def full(self) -> bool:
        """Whether the next batch must wait."""
        return self._count >= self._allowed

    def allow(self, *, backlog: bool) -> None:
        """Queue batches behind each other where there is a backlog, one at a time else."""
        self._allowed = MAX_IN_FLIGHT if backlog else 1

    def begin(self, *, polled_at: float) -> None:
        """Count one more."""
        with self._changed:
            self._count += 1
        if self.unfinished_since is None:
            self.unfinished_since = polled_at

    def finish(self, *, committed: bool) -> None:
        """Count one less; one that was dropped or aborted stays unfinished, since its records are read again."""
        with self._changed:
            self._count -= 1
            if committed:
                self.unfinished_since = time.monotonic() if self._count else None
            self._changed.notify_all()

    def wait(self, seconds: float = 0.05) -> None:
        """Wait a little for one to finish."""
        with self._changed:
            self._changed.wait(seconds)

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until every batch handed over is finished; False where the time did not suffice."""
        deadline = time.monotonic() + seconds
        while self._count and time.monotonic() < deadline:
            self.wait()
        return not self._count
