"""Lost positions: partitions without a committed position wait until it is known whether the outputs answer them."""

from collections.abc import Callable, Mapping
from typing import Final

import structlog
from confluent_kafka import Consumer, TopicPartition

from streams.consume.answered import OutputScan
from streams.consume.gaps import Gap, Gaps
from streams.kafka.watermarks import watermarks

log: Final = structlog.get_logger(__name__)


class LostPositions:
    """Lives in the polling thread; ``look`` begins to look for answers, None where nobody wants to know of any."""

    def __init__(self, gaps: Gaps, look: Callable[[Mapping[int, int], str], OutputScan] | None) -> None:
        self._gaps = gaps
        self._begin = look
        self._look: OutputScan | None = None

    @property
    def partitions(self) -> frozenset[int]:
        """The partitions of which it is not known yet whether they were answered."""
        return frozenset() if self._look is None else frozenset(self._look.starts)

    def assign(self, unknown: Mapping[int, int], *, topic_id: str) -> None:
        """Begin to look for answers to partitions that have no position; ``unknown`` names the first offset of each."""
        self.forget()
        if unknown and self._begin is not None:
            self._look = self._begin(unknown, topic_id)

    def forget(self) -> None:
        """The partitions are somebody else's."""
        if self._look is not None:
            self._look.stop()
        self._look = None

    def heed(self, consumer: Consumer, topic: str) -> bool:
        """Let stand still what was answered, once that is known; whether it was found out now."""
        look = self._look
        if look is None or (found := look.found) is None:
            return False
        self._look = None
        log.info("answers_read", partitions=sorted(look.starts), answered_to=dict(found))
        for partition, position in sorted(found.items()):
            if position != look.starts[partition]:
                place = TopicPartition(topic, partition)
                self._gaps.add(Gap(partition, position, *watermarks(consumer, place), is_lost=True))
        return True
