"""Offset ledger: the next position of every assigned partition, and which batches may still be committed."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """What a batch covers: per partition the position before its first record and after its last one."""

    epoch: int
    start: Mapping[int, int]
    end: Mapping[int, int]


@dataclass(slots=True)
class Ledger:
    """Shared by the polling thread, which assigns, and the sink's thread, which accepts and advances.

    The epoch rises with every assignment, revocation and abort; a batch of an older epoch is never committed, since
    its records are read again. Within an epoch a batch must start exactly where the one before it ended.
    """

    _next: dict[int, int] = field(default_factory=dict)
    _epoch: int = 0
    _reset_wanted: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def epoch(self) -> int:
        """The number that a batch must carry to be accepted."""
        return self._epoch

    @property
    def positions(self) -> dict[int, int]:
        """The next offset of each assigned partition, as far as it is committed."""
        with self._lock:
            return dict(self._next)

    def assign(self, positions: Mapping[int, int]) -> None:
        """Start a new epoch at ``positions`` (partition to next offset)."""
        with self._lock:
            self._next = dict(positions)
            self._epoch += 1
            self._reset_wanted = False

    def revoke(self) -> None:
        """End the epoch; nothing is accepted until the next assignment."""
        self.assign({})

    def accepts(self, span: Span) -> bool:
        """Whether a batch continues exactly where the last commit ended."""
        with self._lock:
            return span.epoch == self._epoch and all(
                self._next.get(partition) == position for partition, position in span.start.items()
            )

    def advance(self, span: Span) -> bool:
        """Move to the end of a committed batch; False where the epoch has ended in the meantime."""
        with self._lock:
            if span.epoch != self._epoch:
                return False
            self._next.update(span.end)
            return True

    def abort(self, span: Span) -> None:
        """End the epoch of an aborted batch and ask the polling thread to read again from the last commit."""
        with self._lock:
            if span.epoch == self._epoch:
                self._epoch += 1
                self._reset_wanted = True

    def take_reset(self) -> dict[int, int] | None:
        """Return the positions to read again from, once after each abort, else None."""
        with self._lock:
            if not self._reset_wanted:
                return None
            self._reset_wanted = False
            return dict(self._next)
