"""Rollout follower: reads ``rollout-state`` to its end, checks the chain, then follows it for as long as it runs."""

import threading
import time
from collections.abc import Callable
from typing import Final

import msgspec
import structlog
from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from schemas.rollout import RolloutRecord, chain_fault
from schemas.topics import ROLLOUT_STATE
from streams.clients import reader
from streams.errors import BrokerUnreachable, RolloutRecordError, StreamError
from streams.settings import KafkaSettings

POLL_SECONDS: Final = 0.1
READ_SECONDS: Final = 30.0

log = structlog.get_logger(__name__)


class History:
    """The chain of records as far as it was read."""

    def __init__(self) -> None:
        self.records: list[RolloutRecord] = []

    @property
    def latest(self) -> RolloutRecord | None:
        """The record that is in force."""
        return self.records[-1] if self.records else None

    def append(self, value: bytes) -> RolloutRecord:
        """Add the next record; raises RolloutRecordError where it does not continue the chain."""
        try:
            record = msgspec.json.decode(value, type=RolloutRecord)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise RolloutRecordError(f"rollout-state holds what is no rollout record: {error}") from error
        fault = chain_fault(self.latest, record)
        if fault is not None:
            raise RolloutRecordError(f"rollout-state is not to be trusted: {fault}; see ledgermind rollout verify")
        self.records.append(record)
        return record


class Follower:
    """One thread that keeps ``latest`` current; a batch takes it once and uses it from start to end."""

    def __init__(
        self, kafka: KafkaSettings, *, fail: Callable[[StreamError], None], changed: Callable[[RolloutRecord], None]
    ) -> None:
        self._kafka = kafka
        self._fail = fail
        self._changed = changed
        self._history = History()
        self._stopping = threading.Event()
        self._at_end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rollout", daemon=True)

    @property
    def latest(self) -> RolloutRecord | None:
        """The record in force, None before the first one was read."""
        return self._history.latest

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
            consumer.assign([TopicPartition(ROLLOUT_STATE.name, 0, 0)])
            while not self._stopping.is_set():
                message = consumer.poll(POLL_SECONDS)
                if message is not None and _at_end(message):
                    if not self._at_end.is_set():
                        self._at_end.set()
                        self._follow()
                elif message is not None and message.error() is None:
                    self._history.append(message.value() or b"")
                    if self._at_end.is_set():
                        self._follow()
        except StreamError as error:
            self._fail(error)
        finally:
            consumer.close()

    def _follow(self) -> None:
        record = self._history.latest
        if record is None:
            return
        log.info("rollout_followed", version=record.version, percent=record.percent, canary=record.canary.model_version)
        self._changed(record)


def read_history(kafka: KafkaSettings, *, seconds: float = READ_SECONDS) -> History:
    """Read every record there is now; raises RolloutRecordError, or BrokerUnreachable after so many seconds."""
    history = History()
    consumer = Consumer(reader(kafka))
    try:
        consumer.assign([TopicPartition(ROLLOUT_STATE.name, 0, 0)])
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            message = consumer.poll(POLL_SECONDS)
            if message is None:
                continue
            if _at_end(message):
                return history
            if message.error() is None:
                history.append(message.value() or b"")
    finally:
        consumer.close()
    raise BrokerUnreachable(
        f"rollout-state could not be read from {kafka.bootstrap_servers} within {seconds:.0f} s; "
        "is the broker up, and were the topics created (ledgermind topics create)?"
    )


def _at_end(message: Message) -> bool:
    error = message.error()
    return error is not None and error.code() == KafkaError._PARTITION_EOF
