"""Dead letters: how many there are by reason and where the latest lie; never what one of them held."""

import threading
from collections import Counter, deque
from datetime import UTC, datetime
from typing import Final

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition
from msgspec import Struct

from ops.kafka import dlq
from schemas.contracts.topics import DEAD_LETTERS
from schemas.events.dead_letter import MAX_DETAIL_CHARACTERS, DeadLetterReason
from streams.errors import BrokerUnreachable
from streams.kafka.clients import reader
from streams.kafka.topic_check import read_topics
from streams.settings import KafkaSettings

MOST_READ: Final = 20_000  # of each partition, at first
MOST_SHOWN: Final = 50
ANSWER_SECONDS: Final = 2.0
UNKNOWN: Final = "unknown"  # of a record that somebody else wrote
REASONS: Final = {reason.value for reason in DeadLetterReason}


class Latest(Struct, frozen=True, kw_only=True):
    """One dead letter: its place on the topic, the record it was, and when it was written."""

    place: str
    reason: str
    detail: str
    source: str
    is_truncated: bool
    at: datetime | None


class Picture(Struct, frozen=True, kw_only=True):
    """What was read; ``skipped`` is how many older ones were not, ``is_whole`` whether the end was reached."""

    counts: tuple[tuple[str, int], ...]
    latest: tuple[Latest, ...]
    skipped: int
    is_whole: bool

    @property
    def total(self) -> int:
        """How many were counted."""
        return sum(count for _, count in self.counts)


class DeadLetters:
    """Reads on from where it stopped the last time; of each partition it keeps counts and the latest."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._reading = threading.Lock()
        self._begin()

    def read(self) -> Picture:
        """Read to the end of the topic; raises StreamError where it cannot be read."""
        with self._reading:
            try:
                if not self._next:
                    self._start()
                self._is_whole = False
                if not self._read_on():  # the topic was made anew
                    self._begin()
                    self._start()
                    self._read_on()
                self._is_whole = True
            except KafkaException as error:
                raise BrokerUnreachable(f"{DEAD_LETTERS.name} cannot be read ({error.args[0].name()})") from error
        return self.picture()

    def picture(self) -> Picture:
        """Return what was read so far."""
        newest = sorted((one for kept in list(self._latest.values()) for one in list(kept)), key=_age, reverse=True)
        return Picture(
            counts=tuple(self._counts.copy().most_common()),
            latest=tuple(newest[:MOST_SHOWN]),
            skipped=self._skipped,
            is_whole=self._is_whole,
        )

    def _begin(self) -> None:
        self._next: dict[int, int] = {}  # offset to read next, by partition
        self._counts: Counter[str] = Counter()
        self._latest: dict[int, deque[Latest]] = {}
        self._skipped = 0
        self._is_whole = False

    def _start(self) -> None:
        """Find the places to begin at."""
        partitions = range(read_topics(self._kafka, [DEAD_LETTERS.name])[DEAD_LETTERS.name].partitions)
        consumer = Consumer(reader(self._kafka))
        try:
            for partition in partitions:
                place = TopicPartition(DEAD_LETTERS.name, partition)
                low, high = consumer.get_watermark_offsets(place, timeout=ANSWER_SECONDS)
                self._next[partition] = max(low, high - MOST_READ)
                self._skipped += self._next[partition] - low
        finally:
            consumer.close()

    def _read_on(self) -> bool:
        """Take in what came; False where a partition begins again before the place that was asked for."""
        asked = dict(self._next)
        for letter, message in dlq.letters(self._kafka, start=asked):
            if letter.offset < asked.get(letter.partition, 0):
                return False
            reason = letter.reason if letter.reason in REASONS else UNKNOWN
            self._counts[reason] += 1
            kept = self._latest.setdefault(letter.partition, deque(maxlen=MOST_SHOWN))
            kept.append(_latest(letter, message, reason))
            self._next[letter.partition] = letter.offset + 1
        return True


def _latest(letter: dlq.Letter, message: Message, reason: str) -> Latest:
    kind, milliseconds = message.timestamp()
    return Latest(
        place=f"{letter.partition}/{letter.offset}",
        reason=reason,
        detail=letter.detail[:MAX_DETAIL_CHARACTERS],
        source=letter.source,
        is_truncated=letter.truncated,
        at=datetime.fromtimestamp(milliseconds / 1_000, UTC) if kind and milliseconds > 0 else None,
    )


def _age(one: Latest) -> datetime:
    return one.at or datetime.min.replace(tzinfo=UTC)
