"""Landing gaps: partitions whose landed position the broker does not have; each stands still, the others go on.

``ledgermind landing reset`` moves such a position in Postgres, where every landing looks for it.
"""

import time
from collections.abc import Collection, Mapping
from typing import Final

import structlog
from confluent_kafka import Consumer, TopicPartition
from msgspec import Struct

from schemas.contracts.topics import default_name_of
from streams.kafka.watermarks import watermarks
from streams.landing import metrics

Partition = tuple[str, int]
ASK_SECONDS: Final = 1.0  # how often positions with a gap are read again

log = structlog.get_logger(__name__)


class LandingGap(Struct, frozen=True):
    """A position that is not on the broker, which has the offsets from ``low`` up to, but not with, ``high``."""

    topic: str
    partition: int
    position: int
    low: int
    high: int

    @property
    def removed(self) -> int:
        """How many offsets were removed before they landed: records, and markers of transactions."""
        return self.skipped(self.low)

    def skipped(self, to: int) -> int:
        """How many offsets never land where the partition goes on at ``to``."""
        return max(0, to - self.position)

    @property
    def message(self) -> str:
        """What an operator is told."""
        what, to = f"up to {self.removed:,} records were removed before they landed", "earliest"
        if self.position > self.high:
            what, to = "the broker has lost its end (docs/RECOVERY.md)", "end"
        return (
            f"{self.topic} partition {self.partition}: position {self.position} is not on the broker, which has "
            f"{self.low} to {self.high}: {what}; the other partitions go on; move it on with: ledgermind landing reset "
            f"--topic {self.topic} --partition {self.partition} --to {to} --reason …"
        )


class LandingGaps:
    """Lives in the landing's thread."""

    def __init__(self) -> None:
        self._gaps: dict[Partition, LandingGap] = {}
        self._asked_at = 0.0

    @property
    def partitions(self) -> Collection[Partition]:
        """The partitions that cannot be read."""
        return self._gaps.keys()

    def take_turn(self) -> bool:
        """Whether there is a gap whose position is to be read again; true once a second at most."""
        now = time.monotonic()
        if not self._gaps or now - self._asked_at < ASK_SECONDS:
            return False
        self._asked_at = now
        return True

    def look(self, consumer: Consumer, positions: Mapping[Partition, int]) -> None:
        """Find out which of these positions the broker does not have; each is said once."""
        for (topic, partition), position in positions.items():
            gap = LandingGap(topic, partition, position, *watermarks(consumer, TopicPartition(topic, partition)))
            if gap.low <= position <= gap.high:
                continue
            self._gaps[topic, partition] = gap
            log.error("landing_gap", topic=topic, partition=partition, removed=gap.removed, message=gap.message)
        self._export()

    def moved(self, positions: Mapping[Partition, int]) -> bool:
        """Forget the gaps whose position was moved on, and count what was skipped; whether there was any."""
        moved = {at: gap for at, gap in self._gaps.items() if positions.get(at, gap.position) != gap.position}
        for at, gap in moved.items():
            skipped = gap.skipped(positions[at])
            metrics.SKIPPED.labels(default_name_of(gap.topic)).inc(skipped)
            log.warning(
                "landing_reset",
                topic=gap.topic,
                partition=gap.partition,
                start=gap.position,
                to=positions[at],
                skipped=skipped,
            )
            del self._gaps[at]
        self._export()
        return bool(moved)

    def forget(self) -> None:
        """The partitions are somebody else's, or of a topic that is gone."""
        self._gaps.clear()
        self._export()

    def _export(self) -> None:
        metrics.GAP_PARTITIONS.set(len(self._gaps))
