"""Dead-letter limits: a partition that yields little but dead letters is paused until an operator has looked at it.

A producer that breaks its contract would otherwise turn a whole topic into dead letters before anybody reads the alert.
The pause is written beside the committed position, so that neither a restart nor another worker forgets it.
"""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from streams.kafka.position_note import note_of
from streams.process.batch_types import Record, Refused

PAUSED: Final = "paused: "  # begins the metadata of a committed position


class PartitionYield(Struct, frozen=True):
    """What one partition yielded: dead letters without a break, and those among the records of the open window."""

    run: int = 0
    records: int = 0
    dead_letters: int = 0


class PauseDecision(Struct, frozen=True):
    """What a batch would change: the standing of each of its partitions, and why some are to be paused."""

    standings: Mapping[int, PartitionYield]
    reasons: Mapping[int, str]


class DeadLetterLimits:
    """Counts in the sink's thread, is asked by the polling thread; a limit of 0 is none.

    ``run`` is the number of dead letters without a good record between them, ``ratio`` the share of dead letters among
    ``window`` records; both are per partition.
    """

    def __init__(self, *, run: int, ratio: float, window: int) -> None:
        self._run = run
        self._ratio = ratio
        self._window = window
        self._standings: dict[int, PartitionYield] = {}
        self._reasons: dict[int, str] = {}
        self._lock = threading.Lock()

    @property
    def paused(self) -> frozenset[int]:
        """The partitions that are not to be read."""
        with self._lock:
            return frozenset(self._reasons)

    def reason(self, partition: int) -> str:
        """Return why a partition is paused, empty where it is not."""
        with self._lock:
            return self._reasons.get(partition, "")

    def weigh(self, records: Sequence[Record], refused: Sequence[Refused]) -> PauseDecision:
        """Say what a batch would change once it is committed; what was polled before the pause keeps its reason."""
        counts = Counter([record.partition for record in records])
        dead = {(item.record.partition, item.record.offset) for item in refused}
        standings = {}
        with self._lock:
            reasons = {partition: self._reasons[partition] for partition in counts if partition in self._reasons}
        for partition, count in counts.items():
            before = self._standings.get(partition, PartitionYield())
            found = sum(1 for item in refused if item.record.partition == partition)
            run = before.run + count if found == count else _tail(records, partition, dead)
            after = PartitionYield(run, before.records + count, before.dead_letters + found)
            reason = self._reason(after)
            if reason is not None:
                reasons.setdefault(partition, reason)
            standings[partition] = PartitionYield(run) if after.records >= self._window else after
        return PauseDecision(standings, reasons)

    def accept(self, verdict: PauseDecision) -> list[int]:
        """Take over what a committed batch changed; return the partitions that are paused from now on."""
        self._standings.update(verdict.standings)
        with self._lock:
            new = [partition for partition in verdict.reasons if partition not in self._reasons]
            self._reasons.update(verdict.reasons)
        return new

    def assign(self, paused: Mapping[int, str]) -> None:
        """Begin anew with other partitions; ``paused`` gives those that were left paused, and why."""
        with self._lock:
            self._reasons = dict(paused)
        self._standings.clear()

    def resume(self, partition: int) -> None:
        """Read a partition again, and count from nothing."""
        self._standings.pop(partition, None)
        with self._lock:
            self._reasons.pop(partition, None)

    def _reason(self, standing: PartitionYield) -> str | None:
        if self._run and standing.run >= self._run:
            return f"{standing.run:,} dead letters in a row"
        if self._ratio and standing.records >= self._window:
            share = standing.dead_letters / standing.records
            if share >= self._ratio:
                return f"{share:.0%} of {standing.records:,} records were dead letters"
        return None


def pause_metadata(reason: str) -> str:
    """Return what is committed beside the position of a paused partition."""
    return PAUSED + reason


def pause_reason(metadata: str | None) -> str | None:
    """Return why a committed position is paused, or None where it is not."""
    note = note_of(metadata)
    return note.removeprefix(PAUSED) if note.startswith(PAUSED) else None


def _tail(records: Sequence[Record], partition: int, dead: set[tuple[int, int]]) -> int:
    """How many of a partition's last records were dead letters."""
    run = 0
    for record in reversed(records):
        if record.partition != partition:
            continue
        if (partition, record.offset) not in dead:
            return run
        run += 1
    return run
