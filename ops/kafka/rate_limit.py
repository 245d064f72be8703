"""Rate limit: items at a rate."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from ops.errors import OpsError

T = TypeVar("T")
LATE_SECONDS: Final = 1.0  # how far a slow reader may put a rate behind before the lost time is given up
NAP_SECONDS: Final = 0.1  # so that what ``wait`` serves is served often


class RateError(OpsError):
    """The rate is no rate."""

    exit_code = 2


def pace(items: Iterable[T], *, rate: float | None, wait: Callable[[float], object] = time.sleep) -> Iterator[T]:
    """Yield each item when it is due at ``rate`` items a second, or at once where the rate is None.

    ``wait`` is called with seconds. Raises RateError where the rate is not above 0.
    """
    if rate is not None and not rate > 0:
        raise RateError(f"a rate of {rate:g} a second moves nothing: give one above 0")
    return iter(items) if rate is None else _pace(items, rate, wait)


def _pace(items: Iterable[T], rate: float, wait: Callable[[float], object]) -> Iterator[T]:
    due = time.monotonic()
    for item in items:
        while (seconds := due - time.monotonic()) > 0:
            wait(min(seconds, NAP_SECONDS))
        yield item
        due = max(due + 1.0 / rate, time.monotonic() - LATE_SECONDS)
