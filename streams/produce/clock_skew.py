"""Clock skew: how far this worker's clock lies behind those of its producers, as their records show it."""

import time
from collections.abc import Callable, Sequence
from typing import Final

DAY_SECONDS: Final = 86_400.0
VALID_SECONDS: Final = 60.0  # without a newer batch it says nothing any more


class ClockSkew:
    """Keeps what the last batch showed; ``clock`` is any clock in seconds that never goes back.

    A record cannot have been written later than it is read: where its timestamp says so, one of the two clocks is
    wrong by at least that much. The other direction looks like an old record; Prometheus compares clocks for that.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seconds = 0.0
        self._seen_at = float("-inf")

    def see(self, ages: Sequence[float]) -> None:
        """Take in the ages of one batch's records, in seconds; over a day ahead is the record's fault, no clock's."""
        ahead = [-age for age in ages if -DAY_SECONDS < age < 0]
        self._seconds, self._seen_at = max(ahead, default=0.0), self._clock()

    def seconds(self) -> float:
        """Return by how much, 0 for nothing that is known."""
        return self._seconds if self._clock() - self._seen_at < VALID_SECONDS else 0.0
