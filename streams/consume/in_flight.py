"""In flight: what was handed over and is not finished, in batches and bytes, and whether there is room for another."""

import threading
import time
from typing import Final

# Two queued, one being scored, four that wait for their commit, and as many being committed together. The channel must
# hold all of them: puts that wait for room overtake each other, and the ledger would refuse what was overtaken. Only a
# backlog is worth a queue: what comes while a batch is committed makes the next one, or small batches would wait behind
# each other, a commit long each.
MAX_IN_FLIGHT: Final = 11


class InFlight:
    """Counted up by the polling thread, counted down by the sink's; full with ``size`` bytes, however few batches."""

    def __init__(self, *, size: int) -> None:
        self._limit = size
        self._count = 0
        self._size = 0
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
        return self._count >= self._allowed or self._size >= self._limit

    def allow(self, *, backlog: bool) -> None:
        """Queue batches behind each other where there is a backlog, one at a time else."""
        self._allowed = MAX_IN_FLIGHT if backlog else 1

    @property
    def size(self) -> int:
        """The bytes of their records, as they were polled."""
        return self._size

    def begin(self, *, polled_at: float, size: int) -> None:
        """Count one more of ``size`` bytes."""
        with self._changed:
            self._count += 1
            self._size += size
        if self.unfinished_since is None:
            self.unfinished_since = polled_at

    def finish(self, *, committed: bool, size: int) -> None:
        """Count one less; one that was dropped or aborted stays unfinished, since its records are read again."""
        with self._changed:
            self._count -= 1
            self._size -= size
            if committed:
                self.unfinished_since = time.monotonic() if self._count else None
            self._changed.notify_all()

    def progress(self) -> None:
        """Note that a part of a batch was committed: what is left of it is unfinished only since now."""
        if self.unfinished_since is not None:
            self.unfinished_since = time.monotonic()

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
