"""Circuit breaker: stops asking a model that keeps failing, and asks again after a pause."""

from dataclasses import dataclass
from typing import Final

FAILURES_TO_OPEN: Final = 5
OPEN_SECONDS: Final = 5.0


@dataclass(slots=True)
class Breaker:
    """Open after consecutive failures; once the pause is over a single call may try, and decides."""

    failures: int = 0
    opened_at: float | None = None

    def allows(self, *, now: float) -> bool:
        """Whether a call may be made at ``now`` (monotonic seconds)."""
        return self.opened_at is None or now - self.opened_at >= OPEN_SECONDS

    def succeeded(self) -> None:
        """Close."""
        self.failures = 0
        self.opened_at = None

    def failed(self, *, now: float) -> None:
        """Count a failure; open, or stay open for another pause, from the fifth in a row."""
        self.failures += 1
        if self.failures >= FAILURES_TO_OPEN:
            self.opened_at = now
