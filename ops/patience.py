"""Patience: how long tests wait for a condition, the same for every wait, scaled by one variable.

A wait ends the moment its condition holds, so patience costs time only where something is wrong.
"""

import os
import time
from collections.abc import Callable
from typing import Final, TypeVar

VARIABLE: Final = "LEDGERMIND_TEST_PATIENCE"
BASE_SECONDS: Final = 240.0  # four times what the slowest start took on two cores at a load of 12
LOOK_SECONDS: Final = 0.05
# A look may cost a reader of its own, on processors that what is waited for needs; it is late by a tenth at most.
LATE: Final = 0.1
MAX_PAUSE: Final = 5  # in first pauses

Found = TypeVar("Found")


def scale() -> float:
    """Return what the variable says: 1 on a machine of one's own, more on a slower one."""
    return float(os.environ.get(VARIABLE) or 1)


def patience_seconds() -> float:
    """Return how long any wait may last, in seconds."""
    return BASE_SECONDS * scale()


def crowding() -> float:
    """Return how many programs want each processor, at least 1: so many times longer may anything take.

    For what must be fast, and not only come: a bound in seconds holds for a machine of one's own.
    """
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def wait_for(
    look: Callable[[], Found],
    what: str | Callable[[], str],
    *,
    refusals: tuple[type[Exception], ...] = (),
    every_seconds: float = LOOK_SECONDS,
) -> Found:
    """Look until something true is found, and return it; the longer it takes, the less often.

    ``what`` says what is waited for; a function is asked when patience is over, so that it can say what was found
    instead. Of ``refusals`` each counts as "not yet". Raises TimeoutError.
    """
    begun = time.monotonic()
    deadline = begun + patience_seconds()
    while True:
        refusal: Exception | None = None
        try:
            found = look()
            if found:
                return found
        except refusals as error:
            refusal = error
        now = time.monotonic()
        if now > deadline:
            words = what if isinstance(what, str) else what()
            raise TimeoutError(f"after {patience_seconds():.0f} s still no {words} ({VARIABLE} scales)") from refusal
        time.sleep(min(max(every_seconds, LATE * (now - begun)), MAX_PAUSE * every_seconds))


def wait_until_none_left(left: Callable[[], int | None], what: str, *, every_seconds: float = 0.2) -> None:
    """Wait until nothing is left, however long that takes, as long as it becomes less; None is "cannot say yet".

    Patience is for standing still here, so that the amount of work needs no guess. Raises TimeoutError.
    """
    least, moved_at = float("inf"), time.monotonic()
    while (now := left()) != 0:
        if now is not None and now < least:
            least, moved_at = now, time.monotonic()
        if time.monotonic() - moved_at > patience_seconds():
            raise TimeoutError(f"{least:g} {what} are left, and for {patience_seconds():.0f} s nothing moved")
        time.sleep(every_seconds)
