"""Poll settings: how much the source polls at a time, and how long it waits for what."""

from dataclasses import dataclass
from typing import Final

from streams.settings import WorkerSettings

# The broker looks every ten seconds for transactions that have run out, and then writes their markers.
ROLLED_BACK_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Cadence:
    """What one source polls by; all times in seconds."""

    batch_records: int  # a batch closes with so many
    batch_bytes: int  # or with so many bytes of keys, values and headers
    batch_seconds: float  # or so long after its first
    idle_seconds: float  # without a poll, before the membership must be kept alive
    patience_seconds: float  # for committed positions that a transaction holds

    @classmethod
    def of(cls, worker: WorkerSettings) -> "Cadence":
        """Return the cadence of a worker: a transaction that its owner left open ends within its own timeout."""
        return cls(
            batch_records=worker.batch_records,
            batch_bytes=worker.batch_bytes,
            batch_seconds=worker.batch_wait_ms / 1_000,
            idle_seconds=worker.max_poll_interval_ms / 3_000,
            patience_seconds=worker.transaction_timeout_ms / 1_000 + ROLLED_BACK_SECONDS,
        )
