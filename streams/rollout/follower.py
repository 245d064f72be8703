"""Rollout follower: folds ``rollout-state`` to its end, then follows it for as long as it runs."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.contracts.topics import ROLLOUT_STATE
from schemas.events.rollout import RolloutRecord
from schemas.events.rollout_history import RolloutHistory, Skipped
from schemas.events.rollout_link import Link
from streams import metrics
from streams.errors import BrokerUnreachable
from streams.kafka.clients import reader
from streams.settings import KafkaSettings

POLL_SECONDS: Final = 0.1
READ_SECONDS: Final = 30.0
REREAD_FACTOR: Final = 10.0  # a topic full of garbage is read again for a tenth of the time at most
MAX_LOGGED: Final = 20  # skipped records of one reading that get a line each

log = structlog.get_logger(__name__)


class Follower:
    """One thread that keeps ``latest`` current; a batch takes it once and uses it from start to end.

    ``changed`` is told of every record of the chain, oldest first, whenever there is another one.
    """

    def __init__(self, kafka: KafkaSettings, *, changed: Callable[[Sequence[RolloutRecord]], None]) -> None:
        self._kafka = kafka
        self._changed = changed
        self._latest: RolloutRecord | None = None
        self._logged: set[str] = set()
        self._stopping = threading.Event()
        self._at_end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rollout", daemon=True)

    @property
    def latest(self) -> RolloutRecord | None:
        """The newest record of the chain, None before the first one was read."""
        return self._latest

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def wait_until_read(self, timeout_seconds: float) -> bool:
        """Wait until the topic was read to its end once."""
        return self._at_end.wait(timeout_seconds)

    def stop(self) -> None:
        """Stop following; a worker that is told to stop while it starts may not have begun."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(5.0)

    def _run(self) -> None:
        consumer = Consumer(reader(self._kafka))
        try:
            while not self._stopping.is_set():
                try:
                    self._follow(consumer)
                except KafkaException as error:
                    log.warning("rollout_not_read", reason=error.args[0].name())
                    self._stopping.wait(POLL_SECONDS)
        finally:
            consumer.close()

    def _follow(self, consumer: Consumer) -> None:
        """Read the topic from its beginning, then what comes; return when it is to be read again.

        A record that does not continue the chain here may continue the one that somebody who starts now would read: the
        topic was made anew, or retention took what the chain stood on. Reading it again keeps both of one mind.
        """
        began = time.monotonic()
        history = begin(consumer)
        if not read_to_end(consumer, history, go_on=lambda: not self._stopping.is_set()):
            return
        pause_seconds = REREAD_FACTOR * (time.monotonic() - began)
        self._take(history)
        self._at_end.set()
        is_doubted = False
        while not self._stopping.is_set() and not (is_doubted and time.monotonic() - began > pause_seconds):
            message = consumer.poll(POLL_SECONDS)
            if message is None or message.error() is not None:
                continue
            if isinstance(add(history, message), Link):
                self._take(history)
            else:
                is_doubted = True

    def _take(self, history: RolloutHistory) -> None:
        """Bring what was read into force, and say aloud what an operator should know."""
        record, findings = history.latest, list(history.findings())
        metrics.ROLLOUT_FINDINGS.set(len(findings))
        metrics.ROLLOUT_UNREADABLE.set(history.fault is not None)
        for finding in [one for one in findings if one not in self._logged][:MAX_LOGGED]:
            log.error("rollout_state_finding", finding=finding, todo="ledgermind rollout verify")
        self._logged = set(findings)
        if record is None or record == self._latest:
            return
        if self._latest is not None and record.version <= self._latest.version:
            log.error("rollout_history_replaced", version=record.version, before=self._latest.version)
        self._latest = record
        log.info("rollout_followed", version=record.version, percent=record.percent, canary=record.canary.model_version)
        self._changed(history.records)


def read_history(kafka: KafkaSettings, *, seconds: float = READ_SECONDS) -> RolloutHistory:
    """Fold every record there is now; raises BrokerUnreachable after so many seconds."""
    deadline = time.monotonic() + seconds
    consumer = Consumer(reader(kafka))
    try:
        history = begin(consumer, seconds=seconds)
        if read_to_end(consumer, history, go_on=lambda: time.monotonic() < deadline):
            return history
    except KafkaException as error:
        raise _unread(kafka, seconds) from error
    finally:
        consumer.close()
    raise _unread(kafka, seconds)


def begin(consumer: Consumer, *, seconds: float = READ_SECONDS) -> RolloutHistory:
    """Assign the topic from its beginning and return the history to be; raises KafkaException."""
    place = TopicPartition(ROLLOUT_STATE.name, 0)
    low, _ = consumer.get_watermark_offsets(place, timeout=seconds)
    consumer.assign([TopicPartition(ROLLOUT_STATE.name, 0, low)])
    return RolloutHistory(beginning_lost=low > 0)


def read_to_end(consumer: Consumer, history: RolloutHistory, *, go_on: Callable[[], bool]) -> bool:
    """Take in every record up to the topic's end; False where ``go_on`` said no before."""
    while go_on():
        message = consumer.poll(POLL_SECONDS)
        if message is None:
            continue
        error = message.error()
        if error is None:
            add(history, message)
        elif error.code() == KafkaError._PARTITION_EOF:
            return True
    return False


def add(history: RolloutHistory, message: Message) -> Link | Skipped:
    """Take a polled record into the history."""
    offset = message.offset()
    assert offset is not None  # of a record that came from a broker
    return history.add(message.value(), offset=offset)


def _unread(kafka: KafkaSettings, seconds: float) -> BrokerUnreachable:
    return BrokerUnreachable(
        f"rollout-state could not be read from {kafka.bootstrap_servers} within {seconds:.0f} s; "
        "is the broker up, and were the topics created (ledgermind topics create)?"
    )
