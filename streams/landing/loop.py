"""Landing loop: polls every topic and lands it, beginning again from what Postgres says after anything that went wrong.

Positions move in the transaction of the rows; Kafka's committed offsets are not used: the next is what Postgres names.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import psycopg
import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from schemas.events.rollout_history import RolloutHistory
from streams.consume.intake import Intake
from streams.errors import BrokerUnreachable, PostgresAway, TopicError, TopicMissing
from streams.kafka.clients import ClientConfig, buffers, connection
from streams.landing import metrics
from streams.landing.gaps import LandingGaps
from streams.landing.lag import BROKER_SECONDS, export_lag
from streams.landing.landed_positions import Move, Partition, Superseded
from streams.landing.mapping.chain import with_links
from streams.landing.mapping.tables import TABLE_OF_TOPIC
from streams.landing.message import ends_in, is_record, landed, lost_position
from streams.landing.positions import next_offsets
from streams.landing.postgres import is_of_server, reason, refusal
from streams.landing.settings import LandingSettings
from streams.landing.store import Counts, LandingStore
from streams.landing.topics import LandingTopics
from streams.process.codec import DecodeRecord, decode_transaction
from streams.settings import KafkaSettings

FIRST_PAUSE_SECONDS: Final = 0.1
MAX_PAUSE_SECONDS: Final = 5.0

log = structlog.get_logger(__name__)


def landing_consumer(kafka: KafkaSettings, landing: LandingSettings, *, embedded: bool) -> ClientConfig:
    """Return the landing's consumer: a group of its own, read_committed, positions always given explicitly."""
    return (
        connection(kafka)
        | buffers(landing.fetch_max_bytes, landing.client_buffer_bytes, embedded=embedded)
        | {
            "group.id": landing.group,
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",
            "enable.partition.eof": True,  # says where the last record of a partition lies behind us
            "partition.assignment.strategy": "range",
            "session.timeout.ms": landing.session_timeout_ms,
            "heartbeat.interval.ms": max(300, landing.session_timeout_ms // 10),
            "max.poll.interval.ms": 300_000,
            "fetch.wait.max.ms": 100,
            "queued.min.messages": 4 * landing.batch_records,
        }
    )


class Landing:
    """Polls, lands, and begins again from what Postgres says after anything that went wrong; one thread."""

    def __init__(
        self,
        consumer: Consumer,
        kafka: KafkaSettings,
        settings: LandingSettings,
        *,
        history: Callable[[], RolloutHistory],
        landed: Callable[[Counts], None] = lambda _: None,
        decode: DecodeRecord = decode_transaction,
    ) -> None:
        self._decode = decode
        self._consumer = consumer
        self._settings = settings
        self._intake = Intake(consumer, records=settings.batch_records, size=settings.batch_bytes)
        self._batch_wait_seconds = settings.batch_wait_ms / 1_000
        self._history = history  # of rollout-state, as it stands when it is asked for
        self._landed = landed
        self._store: LandingStore | None = None
        self._topics = LandingTopics(kafka)
        self._gaps = LandingGaps()
        self._assignment: list[Partition] = []
        self._next: dict[Partition, int] = {}
        self._polled: dict[Partition, int] = {}
        self._ended: dict[Partition, int] = {}
        self._must_locate = False
        self._pause_seconds = FIRST_PAUSE_SECONDS

    def run(self, stop: threading.Event) -> None:
        """Land until ``stop``; raises StreamError where going on would lose or double records.

        A Postgres that cannot be reached at the start is an error; later it is waited for.
        """
        try:
            self._store = self._open_store()
        except psycopg.Error as error:
            if not is_of_server(error):
                raise refusal(error) from error
            raise PostgresAway(f"Postgres cannot be worked with at LEDGERMIND_POSTGRES_DSN: {reason(error)}") from error
        self._check_topics()
        self._consumer.subscribe(
            sorted(TABLE_OF_TOPIC), on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_revoke
        )
        try:
            while not stop.is_set():
                self._turn()
        finally:
            self._consumer.close()
            if self._store is not None:
                self._store.close()

    def _turn(self) -> None:
        try:
            if self._must_locate or self._has_passed_a_gap():
                self._locate()
            messages = self._poll()
            records = [message for message in messages if is_record(message)]
            if records:
                self._land(records)
            if messages and not self._must_locate:
                self._ended.update(ends_in(messages))
                self._export_lag()  # a batch is seconds of work at most: once a batch
            self._pause_seconds = FIRST_PAUSE_SECONDS
        except Superseded:
            log.warning("landing_superseded", hint="another landing moved these positions; reading them again")
            self._rewind()
        except (BrokerUnreachable, TopicMissing) as error:
            log.warning("landing_waits_for_topics", reason=str(error), pause_seconds=self._pause_seconds)
            self._rewind()
            self._wait()
        except psycopg.Error as error:
            if not is_of_server(error):
                raise refusal(error) from error
            self._wait_for_postgres(error)

    def _open_store(self) -> LandingStore:
        store = LandingStore(
            self._settings.postgres_dsn.get_secret_value(),
            timeout_seconds=self._settings.postgres_timeout_seconds,
            reject_limit=self._settings.reject_limit,
            decode=self._decode,
        )
        self._export_levels(store)
        return store

    def _poll(self) -> list[Message]:
        """Return what was polled; nothing where a rebalance fell into the poll, since all of it is read again."""
        messages = self._intake.poll(first_seconds=self._batch_wait_seconds, more_seconds=self._batch_wait_seconds)
        if self._must_locate:
            return []
        lost = {at for at in map(lost_position, messages) if at is not None}
        if not lost:
            return messages
        if self._topics.are_the_same():  # else the position is of a topic that is gone
            self._gaps.look(self._consumer, {at: self._next[at] for at in lost if at in self._next})
        self._rewind()
        return []

    def _land(self, messages: list[Message]) -> None:
        if not self._topics.are_the_same():
            self._rewind()
            return
        ids = self._topics.ids
        records = with_links([landed(message, ids[str(message.topic())]) for message in messages], self._history)
        ends: dict[Partition, int] = {}
        for record in records:
            ends[record.topic, record.partition] = record.offset + 1
        moves = [Move(topic, at, self._next[topic, at], end, ids[topic]) for (topic, at), end in ends.items()]
        self._polled.update(ends)
        assert self._store is not None
        began = time.monotonic()
        counts = self._store.land(records, moves)
        metrics.BATCH_SECONDS.observe(time.monotonic() - began)
        self._next.update(ends)
        self._export_levels(self._store)
        self._landed(counts)

    def _export_levels(self, store: LandingStore) -> None:
        for table, level in store.levels.items():
            metrics.REJECT_LEVEL.labels(table).set(level)

    def _locate(self) -> None:
        """Read the positions of what is assigned, begin where there is none, and read on from there."""
        if self._store is None:
            self._store = self._open_store()
        if self._topics.read():
            self._gaps.forget()
        self._next = next_offsets(self._store, self._consumer, self._assignment, topic_ids=self._topics.ids)
        self._gaps.moved(self._next)
        if self._assignment:
            read = {at: offset for at, offset in self._next.items() if at not in self._gaps.partitions}
            self._consumer.assign([TopicPartition(*partition, offset) for partition, offset in read.items()])
            log.info("landing_assigned", partitions=len(read))
        self._must_locate = False

    def _has_passed_a_gap(self) -> bool:
        """Whether an operator has moved a partition on behind its gap, asking now and then."""
        if self._store is None or not self._gaps.take_turn():
            return False
        self._export_lag()
        return self._gaps.moved(self._store.positions(self._topics.ids))

    def _export_lag(self, *, cached: bool = True) -> None:
        ask = self._gaps.partitions if cached else self._next.keys()
        export_lag(self._consumer, self._next, polled=self._polled, ended=self._ended, ask=ask)

    def _wait_for_postgres(self, error: psycopg.Error) -> None:
        """Let go of the connection and of what was polled; go on polling, so that the group keeps its member."""
        metrics.WAITS.inc()
        log.warning("landing_waits_for_postgres", reason=reason(error), pause_seconds=self._pause_seconds)
        if self._store is not None:
            self._store.close()
            self._store = None
        self._rewind()
        with suppress(KafkaException):  # a broker that is away as well says nothing new
            self._export_lag(cached=False)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + self._pause_seconds
        while (left := deadline - time.monotonic()) > 0:
            self._consumer.consume(1, left)
        self._pause_seconds = min(2 * self._pause_seconds, MAX_PAUSE_SECONDS)

    def _rewind(self) -> None:
        self._consumer.assign([])  # nothing is fetched until the positions are known again
        self._ended.clear()
        self._must_locate = True

    def _on_assign(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        self._assignment = [(partition.topic, partition.partition) for partition in partitions]
        self._gaps.forget()
        self._rewind()

    def _on_revoke(self, _: Consumer, __: list[TopicPartition]) -> None:
        """Forget the positions; the client unassigns by itself, and waits for ever where we assign anything here."""
        self._assignment, self._next = [], {}
        self._gaps.forget()
        self._ended.clear()
        self._must_locate = True
        log.info("landing_revoked")

    def _check_topics(self) -> None:
        try:
            known = self._consumer.list_topics(timeout=BROKER_SECONDS).topics
        except KafkaException as error:
            raise BrokerUnreachable(f"no broker answers: {error.args[0].str()}") from error
        missing = sorted(set(TABLE_OF_TOPIC) - set(known))
        if missing:
            raise TopicError(f"the broker has no topic {', '.join(missing)}: create the topics first")
