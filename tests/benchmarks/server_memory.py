"""Server memory: what the processes of a Postgres hold, sampled from /proc while it works."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.process_tree import descendants

EVERY_SECONDS: Final = 0.1


class ServerMemory:
    """Samples by epoch seconds; a page that processes share counts once (PSS), so that their sum is true."""

    def __init__(self) -> None:
        self._samples: list[tuple[float, int]] = []

    @contextmanager
    def sampling(self) -> Iterator[None]:
        """Sample all that was started by this process and is a Postgres until the block ends."""
        ended = threading.Event()
        thread = threading.Thread(target=self._sample_until, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def peak_bytes(self, since: float, until: float) -> int:
        """Return the most that was held in between; 0 where nothing was sampled."""
        return max((held for at, held in self._samples if since <= at <= until), default=0)

    def _sample_until(self, ended: threading.Event) -> None:
        while not ended.wait(EVERY_SECONDS):
            self._samples.append((time.time(), sum(map(_held_bytes, descendants(os.getpid())))))


def _held_bytes(pid: int) -> int:
    """Return the proportional set size of a Postgres process, 0 of any other and of one that has ended."""
    folder = Path("/proc") / str(pid)
    try:
        if (folder / "comm").read_text().strip() != "postgres":
            return 0
        lines = (folder / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
