"""Unread: the partitions of the topic that another worker should read and that nobody does."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from typing import Final

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from schemas.contracts.topics import TRANSACTIONS
from streams import metrics
from streams.dead_letters.limits import pause_reason
from streams.kafka.clients import reader
from streams.settings import KafkaSettings

STILL_SECONDS: Final = 10.0  # how long a record must be seen to wait; a rebalance or a slow commit is over by then
LOOK_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 3.0
FETCH_BYTES: Final = 65_536  # a look wants to know of one record, not to have them all

log = structlog.get_logger(__name__)


class Positions:
    """Since when each committed position stands where it does; times are of any clock that never goes back."""

    def __init__(self, *, still_seconds: float) -> None:
        self._still_seconds = still_seconds
        self._seen: dict[int, tuple[int, float]] = {}

    def still(self, positions: Mapping[int, int], *, now: float) -> dict[int, int]:
        """Return the positions that have stood still for long enough; partitions not given are forgotten."""
        seen = {}
        for partition, position in positions.items():
            before = self._seen.get(partition)
            seen[partition] = before if before is not None and before[0] == position else (position, now)
        self._seen = seen
        return {at: position for at, (position, since) in seen.items() if now - since >= self._still_seconds}


class Unread:
    """One thread that looks at the partitions which this worker does not read; ``own`` says which it does.

    A partition is unread where a committed record was seen to wait for long enough, its group's position unmoved.
    Positions say it on every broker, and also of a member that died and still holds its partitions; a partition
    that is paused for its dead letters is not meant. A look is one question for all positions, and one fetch for those
    that stand still.
    """

    def __init__(self, kafka: KafkaSettings, *, group: str, own: Callable[[], Collection[int]]) -> None:
        self._kafka = kafka
        self._group = group
        self._own = own
        self._positions = Positions(still_seconds=LOOK_SECONDS / 2)  # unmoved since the last look
        self._waiting = Positions(still_seconds=STILL_SECONDS)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="unread", daemon=True)
        self.partitions: list[int] | None = None  # None: not measured yet, or not now
        self._found: Mapping[int, int] = {}

    @property
    def positions(self) -> dict[int, int]:
        """Where each of the partitions stands that nobody reads."""
        found = self._found
        return {partition: found[partition] for partition in self.partitions or () if partition in found}

    def start(self) -> None:
        """Begin to look."""
        self._show(None)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; a worker that is told to stop while it starts may not have begun."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(ANSWER_SECONDS)

    def _run(self) -> None:
        # Positions are asked for without waiting for open transactions: a worker that died may have left one.
        asking = reader(self._kafka) | {"group.id": self._group, "isolation.level": "read_uncommitted"}
        looking = reader(self._kafka) | {"group.id": f"{self._group}-unread", "fetch.message.max.bytes": FETCH_BYTES}
        with closing(Consumer(asking)) as positions, closing(Consumer(looking)) as records:  # neither joins a group
            while not self._stopping.wait(LOOK_SECONDS):
                try:
                    self._show(self._look(positions, records))
                except KafkaException as error:
                    log.warning("unread_partitions_not_measured", reason=error.args[0].name())
                    self._show(None)

    def _look(self, positions: Consumer, records: Consumer) -> list[int]:
        known = positions.list_topics(TRANSACTIONS.name, timeout=ANSWER_SECONDS).topics[TRANSACTIONS.name]
        others = set(known.partitions) - set(self._own())
        if not others:
            return []
        committed = positions.committed([TopicPartition(TRANSACTIONS.name, at) for at in others], ANSWER_SECONDS)
        found = {at.partition: at.offset for at in committed if pause_reason(at.metadata) is None}
        self._found = found
        still = self._positions.still(found, now=time.monotonic())
        # A record that came this moment to a partition that was idle is not unread: it must be seen to wait.
        waiting = {at: still[at] for at in with_records(records, still)} if still else {}
        return sorted(self._waiting.still(waiting, now=time.monotonic()).keys() - set(self._own()))

    def _show(self, partitions: list[int] | None) -> None:
        if partitions != self.partitions and (partitions or self.partitions):
            log.warning("unread_partitions", partitions=partitions, group=self._group)
        self.partitions = partitions
        metrics.UNREAD_PARTITIONS.set(float("nan") if partitions is None else len(partitions))


def with_records(consumer: Consumer, positions: Mapping[int, int]) -> set[int]:
    """Return the partitions of ``transactions`` where a committed record lies at or behind the position.

    The broker's end says it not: behind the last record may stand the marker of its transaction.
    """
    consumer.assign(
        [
            TopicPartition(TRANSACTIONS.name, at, offset if offset >= 0 else OFFSET_BEGINNING)
            for at, offset in positions.items()
        ]
    )
    waiting: set[int] = set()
    unknown = set(positions)
    deadline = time.monotonic() + ANSWER_SECONDS
    while unknown and time.monotonic() < deadline:
        for message in consumer.consume(100, 0.1):
            error, partition = message.error(), message.partition()
            if error is None and partition is not None:
                waiting.add(partition)
            if error is None or error.code() == KafkaError._PARTITION_EOF:
                unknown.discard(partition)  # type: ignore[arg-type]  # a record and an end have their partition
    consumer.unassign()
    return waiting
