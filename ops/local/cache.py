"""Cache: where downloaded things stay between runs."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_directory() -> Path:
    """Return the cache's folder, made if need be: LEDGERMIND_CACHE, else .ledgermind/cache in the working directory."""
    directory = Path(os.environ.get("LEDGERMIND_CACHE") or Path(".ledgermind") / "cache").absolute()
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@contextmanager
def held(place: Path) -> Iterator[None]:
    """Wait until no other process holds ``place``, then hold it; let go at the end, also of a killed process."""
    with place.with_name(f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
