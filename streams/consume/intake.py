"""Intake: polls one consumer until a batch is full, by its records or by their bytes."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from confluent_kafka import Consumer, Message

from schemas.events.dead_letter import HeaderValue, ReadHeaders

FIRST_GUESS: Final = 128  # so many records fill a batch while nothing is known of their size


@dataclass(slots=True)
class Filling:
    """How full a batch is; it closes with ``records`` records or ``size`` bytes, whichever comes first.

    A call of the client says how many records it wants, never how many bytes. So each asks for as many as fit if all
    are as large as the largest that came lately: a batch exceeds ``size`` only where records suddenly grow, and by no
    more than the client has fetched ahead. A record larger than ``size`` comes alone.
    """

    records: int
    size: int
    largest: int  # bytes, of the records that came lately
    count: int = 0
    held: int = 0  # bytes
    largest_taken: int = 0  # bytes, of this batch

    @property
    def wanted(self) -> int:
        """How many more records to ask for; 0 where the batch is full."""
        if self.count >= self.records or self.held >= self.size:
            return 0
        return min(self.records - self.count, max(1, (self.size - self.held) // max(1, self.largest)))

    def take(self, sizes: Iterable[int]) -> None:
        """Count records of these sizes in bytes."""
        for size in sizes:
            self.count += 1
            self.held += size
            self.largest_taken = max(self.largest_taken, size)
        self.largest = max(self.largest, self.largest_taken)


class Intake:
    """Polls batch after batch; ``full`` says whether the last was closed by what it holds, not by time."""

    def __init__(self, consumer: Consumer, *, records: int, size: int) -> None:
        self._consumer = consumer
        self._filling = Filling(records, size, largest=size // FIRST_GUESS)
        self._largest = self._filling.largest
        self.full = False

    def poll(self, *, first_seconds: float, more_seconds: float) -> list[Message]:
        """Wait for a first record, and a little for those that come with it."""
        filling = replace(self._filling, largest=self._largest)
        messages: list[Message] = self._consumer.consume(1, first_seconds)
        filling.take(map(size_of, messages))
        deadline = time.monotonic() + more_seconds
        while messages and (wanted := filling.wanted):
            more = self._consumer.consume(wanted, max(0.0, deadline - time.monotonic()))
            filling.take(map(size_of, more))
            messages += more
            if len(more) < wanted:
                break
        self.full = not filling.wanted
        if messages:  # a large record is remembered for a while, not for ever
            self._largest = max(filling.largest_taken, filling.largest // 2)
        return messages


def size_of(message: Message) -> int:
    """Return the bytes of a record's key, value and headers, uncompressed."""
    key, headers = message.key(), message.headers()
    size = len(message) + (len(key) if key else 0)
    return size + sum(len(name) + len(value or b"") for name, value in pairs(headers)) if headers else size


def pairs(headers: ReadHeaders) -> Iterable[tuple[str, HeaderValue]]:
    """Return headers as names with values, in whichever of its two shapes the client gives them."""
    return headers.items() if isinstance(headers, Mapping) else headers
