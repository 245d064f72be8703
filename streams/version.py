"""Version: that of the installed package, as dead letters and metrics of a worker name it."""

from importlib.metadata import version
from typing import Final

WORKER_VERSION: Final = version("ledgermind")
