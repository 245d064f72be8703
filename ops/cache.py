"""Cache: where downloaded things stay between runs."""

import os
from pathlib import Path


def cache_directory() -> Path:
    """Return the cache's folder, made if need be: LEDGERMIND_CACHE, else .ledgermind/cache in the working directory."""
    directory = Path(os.environ.get("LEDGERMIND_CACHE") or Path(".ledgermind") / "cache").absolute()
    directory.mkdir(parents=True, exist_ok=True)
    return directory
