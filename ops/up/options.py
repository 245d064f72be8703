"""Options: what ``ledgermind up`` is asked for."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """``rate`` simulates so many transactions a second, ``file`` is a CSV to publish with ``file_words``.

    ``broker_mib`` is the memory at which an embedded broker counts as full.
    """

    broker: str
    workers: int
    rate: float | None
    file: Path | None
    file_words: tuple[str, ...]
    broker_mib: int
    only_free_ports: bool
