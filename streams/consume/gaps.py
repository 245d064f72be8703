"""Gaps: partitions whose position the broker does not have, or does not know any more.

Each stands still until an operator moves it on.
"""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition
from msgspec import Struct

from schemas.contracts.topics import TRANSACTIONS
from streams import metrics
from streams.consume.resets import Reset
from streams.kafka.watermarks import watermarks

ASK_SECONDS: Final = 1.0  # how often a partition with a gap asks whether it is to be moved on

log = structlog.get_logger(__name__)


class Gap(Struct, frozen=True):
    """A position that is not on the broker, which has the offsets from ``low`` up to, but not with, ``high``.

    Where nothing is committed though the outputs hold answers, ``is_lost``: ``position`` is that behind the last one.
    """

    partition: int
    position: int
    low: int
    high: int
    is_lost: bool = False

    @property
    def removed(self) -> int:
        """How many offsets were removed before they were read: records, and markers of transactions."""
        return max(0, self.low - self.position)

    @property
    def going_on(self) -> int:
        """The first offset that is on the broker and was not answered."""
        return max(self.low, self.position)

    @property
    def message(self) -> str:
        """What an operator is told."""
        if self.is_lost:
            return (
                f"partition {self.partition}: the group has no position, and the outputs answer it up to "
                f"{self.position}; the broker has {self.low} to {self.high}; the other partitions go on; go on without "
                f"a record lost or doubled with: ledgermind worker reset --partition {self.partition} --to "
                f"{self.going_on} --reason …"
            )
        what = f"up to {self.removed:,} records were removed before they were read"
        if self.position > self.high:
            what = "the broker has lost its end"
        return (
            f"partition {self.partition}: position {self.position} is not on the broker, which has {self.low} to "
            f"{self.high}: {what}; the other partitions go on; move it on with: ledgermind worker reset "
            f"--partition {self.partition} --to earliest --reason …"
        )


class Passage(Struct, frozen=True):
    """A partition that is moved on: from where to where, and the wish that is carried out.

    The ledger has it at ``stands_at``: that is ``start``, or the first record where the position was lost.
    """

    partition: int
    start: int
    to: int
    reset: Reset
    stands_at: int

    @property
    def skipped(self) -> int:
        """How many offsets are never read: records, and markers of transactions."""
        return max(0, self.to - self.start)

    @property
    def again(self) -> int:
        """How many offsets are read once more though they were answered."""
        return max(0, self.start - self.to)

    @property
    def details(self) -> dict[str, str]:
        """What is written down of it, beside who wanted it and why."""
        return {
            "reset": self.reset.reset_id,
            "topic": TRANSACTIONS.name,
            "topic_id": self.reset.topic_id,
            "partition": str(self.partition),
            "from": str(self.start),
            "to": str(self.to),
            "skipped": str(self.skipped),
        } | ({"again": str(self.again)} if self.again else {})


class Gaps:
    """Lives in the polling thread; ``asked`` returns the resets that operators asked for, by partition."""

    def __init__(self, asked: Callable[[Collection[int]], Mapping[int, Reset]]) -> None:
        self._asked = asked
        self._gaps: dict[int, Gap] = {}
        self._passing: dict[int, Gap] = {}  # lost positions whose passage is not seen committed yet
        self._asked_at = 0.0

    @property
    def partitions(self) -> frozenset[int]:
        """The partitions that cannot be read."""
        return frozenset(self._gaps)

    def add(self, gap: Gap) -> None:
        """Note a gap; it is said once."""
        known = self._gaps.get(gap.partition)
        self._gaps[gap.partition] = gap
        if known is None or known.position != gap.position:
            if gap.is_lost:
                log.error("position_lost", partition=gap.partition, answered_to=gap.position, message=gap.message)
            else:
                log.error("partition_gap", partition=gap.partition, removed=gap.removed, message=gap.message)
        metrics.GAP_PARTITIONS.set(len(self._gaps))

    def forget(self, partitions: Collection[int] | None = None) -> None:
        """Forget the gaps of some partitions, or all: they are somebody else's, or read from elsewhere."""
        for partition in list(self._gaps if partitions is None else partitions):
            self._gaps.pop(partition, None)
        if partitions is None:
            self._passing = {}
        metrics.GAP_PARTITIONS.set(len(self._gaps))

    def look(self, consumer: Consumer, topic: str, positions: Mapping[int, int]) -> bool:
        """Find out why the broker did not have these positions; return whether it has one after all."""
        gaps = [
            Gap(partition, position, *watermarks(consumer, TopicPartition(topic, partition)))
            for partition, position in positions.items()
        ]
        for gap in gaps:
            if not gap.low <= gap.position <= gap.high:
                self.add(gap)
        return any(gap.low <= gap.position <= gap.high for gap in gaps)

    def stand_again(self, is_committed: Callable[[int], bool]) -> None:
        """Stand still again where the passage behind a lost position was undone.

        The broker has the record that such a partition is read from then, so it would not complain.
        """
        for partition, gap in self._passing.items():
            if not is_committed(partition):
                self.add(gap)
        self._passing = {}

    def passage(self, consumer: Consumer, topic: str, *, topic_id: str, positions: Mapping[int, int]) -> Passage | None:
        """Return how to pass one gap, where an operator said so, and forget that gap; it stands at its position."""
        for gap, reset in self._wanted(topic_id):
            low, high = watermarks(consumer, TopicPartition(topic, gap.partition))
            to = low if reset.to is None else reset.to
            if not low <= to <= high or (to == gap.position and not gap.is_lost):
                log.error("reset_refused", partition=gap.partition, to=to, low=low, high=high)
                continue
            self.forget([gap.partition])
            if gap.is_lost:
                self._passing[gap.partition] = gap
            return Passage(gap.partition, gap.position, to, reset, positions[gap.partition])
        return None

    def _wanted(self, topic_id: str) -> list[tuple[Gap, Reset]]:
        """Return the gaps that an operator wants to be passed, asking now and then.

        A reset is for one position of one topic: one that was asked for another is not meant.
        """
        now = time.monotonic()
        if not self._gaps or now - self._asked_at < ASK_SECONDS:
            return []
        self._asked_at = now
        try:
            asked = self._asked(self._gaps.keys())
        except KafkaException as error:
            log.warning("resets_unavailable", reason=error.args[0].name())
            return []
        return [
            (gap, asked[partition])
            for partition, gap in self._gaps.items()
            if partition in asked and asked[partition].fits(topic_id, gap.position)
        ]
