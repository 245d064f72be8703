"""Patience: how long one look may wait, all that it waits for taken together."""

import time
from collections.abc import Callable
from typing import Final

from ops.errors import OpsError

LOOK_SECONDS: Final = 30.0  # where nobody says how long a look may wait


class Patience:
    """Counts down from ``seconds`` since the last ``begin``."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """Begin a look, or go on after a wait that was asked for."""
        self._until = self._clock() + self.seconds

    def left(self, of: str, *, most: float | None = None) -> float:
        """Return the seconds for which ``of`` may be waited for; raises OpsError where none are left."""
        left = self._until - self._clock()
        if left <= 0:
            raise OpsError(f"{of} was not asked: the timeout of {self.seconds:g} s had passed; look at --timeout")
        return left if most is None else min(left, most)
