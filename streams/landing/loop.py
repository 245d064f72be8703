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
from confluent_kafka import Consumer, KafkaException, Message

from schemas.events.rollout_history import RolloutHistory
from streams.consume.intake import Intake
from streams.errors import BrokerUnreachable, PostgresAway, TopicMissing
from streams.landing import metrics
from streams.landing.assignment import LandingAssignment
from streams.landing.landed_counts import LandedCounts
from streams.landing.landed_positions import Superseded
from streams.landing.mapping.chain import with_links
from streams.landing.mapping.tables import TABLE_OF_TOPIC
from streams.landing.message import ends_in, is_record, landed, lost_position
from streams.landing.postgres import is_of_server, reason, refusal
from streams.landing.settings import LandingSettings
from streams.landing.store import LandingStore
from streams.landing.topics import require_topics
from streams.process.codec import DecodeRecord, decode_transaction
from streams.process.record_formats.outputs import ToJson
from streams.settings import KafkaSettings

FIRST_PAUSE_SECONDS: Final = 0.1
MAX_PAUSE_SECONDS: Final = 5.0

log = structlog.get_logger(__name__)


class Landing:
    """Polls, lands, and begins again from what Postgres says after anything that went wrong; one thread."""

    def __init__(
        self,
        consumer: Consumer,
        kafka: KafkaSettings,
        settings: LandingSettings,
        *,
        history: Callable[[], RolloutHistory],
        landed: Callable[[LandedCounts], None] = lambda _: None,
        decode: DecodeRecord = decode_transaction,
        to_json: ToJson | None = None,
    ) -> None:
        self._decode = decode
        self._to_json = to_json
        self._consumer = consumer
        self._settings = settings
        self._intake = Intake(consumer, records=settings.batch_records, size=settings.batch_bytes)
        self._batch_wait_seconds = settings.batch_wait_ms / 1_000
        self._history = history  # of rollout-state, as it stands when it is asked for
        self._landed = landed
        self._store: LandingStore | None = None
        self._assignment = LandingAssignment(consumer, kafka)
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
        require_topics(self._consumer)
        assignment = self._assignment
        self._consumer.subscribe(
            sorted(TABLE_OF_TOPIC),
            on_assign=assignment.on_assign,
            on_revoke=assignment.on_revoke,
            on_lost=assignment.on_revoke,
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
            if self._assignment.must_locate or self._has_passed_a_gap():
                if self._store is None:
                    self._store = self._open_store()
                self._assignment.locate(self._store)
            messages = self._poll()
            records = [message for message in messages if is_record(message)]
            if records:
                self._land(records)
            if messages and not self._assignment.must_locate:
                self._assignment.have_ended(ends_in(messages))
                self._assignment.export_lag()  # a batch is seconds of work at most: once a batch
            self._pause_seconds = FIRST_PAUSE_SECONDS
        except Superseded:
            log.warning("landing_superseded", hint="another landing moved these positions; reading them again")
            self._assignment.rewind()
        except (BrokerUnreachable, TopicMissing) as error:
            log.warning("landing_waits_for_topics", reason=str(error), pause_seconds=self._pause_seconds)
            self._assignment.rewind()
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
            to_json=self._to_json,
        )
        self._export_levels(store)
        return store

    def _poll(self) -> list[Message]:
        """Return what was polled; nothing where a rebalance fell into the poll, since all of it is read again."""
        messages = self._intake.poll(first_seconds=self._batch_wait_seconds, more_seconds=self._batch_wait_seconds)
        if self._assignment.must_locate:
            return []
        lost = {at for at in map(lost_position, messages) if at is not None}
        if not lost:
            return messages
        self._assignment.look_for_gaps(lost)
        return []

    def _has_passed_a_gap(self) -> bool:
        return self._store is not None and self._assignment.has_passed_a_gap(self._store)

    def _land(self, messages: list[Message]) -> None:
        topics = self._assignment.topics
        if not topics.are_the_same():
            self._assignment.rewind()
            return
        landing = [landed(message, topics.ids[str(message.topic())]) for message in messages]
        records = with_links(landing, self._history)
        moves = self._assignment.moves(records)
        assert self._store is not None
        began = time.monotonic()
        counts = self._store.land(records, moves)
        metrics.BATCH_SECONDS.observe(time.monotonic() - began)
        self._assignment.have_landed(moves)
        self._export_levels(self._store)
        self._landed(counts)

    def _export_levels(self, store: LandingStore) -> None:
        for table, level in store.levels.items():
            metrics.REJECT_LEVEL.labels(table).set(level)

    def _wait_for_postgres(self, error: psycopg.Error) -> None:
        """Let go of the connection and of what was polled; go on polling, so that the group keeps its member."""
        metrics.WAITS.inc()
        log.warning("landing_waits_for_postgres", reason=reason(error), pause_seconds=self._pause_seconds)
        if self._store is not None:
            self._store.close()
            self._store = None
        self._assignment.rewind()
        with suppress(KafkaException):  # a broker that is away as well says nothing new
            self._assignment.export_lag(cached=False)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + self._pause_seconds
        while (left := deadline - time.monotonic()) > 0:
            self._consumer.consume(1, left)
        self._pause_seconds = min(2 * self._pause_seconds, MAX_PAUSE_SECONDS)
