"""Follower: reads user-hints to its end, and follows it for as long as the worker runs."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Final

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.contracts.topics import HINTS
from streams import metrics
from streams.consume.intake import Intake
from streams.errors import BrokerUnreachable, SettingsError, StreamError
from streams.kafka.clients import MEBIBYTE, buffers, reader
from streams.kafka.membership import may_be_static
from streams.kafka.topic_check import TopicReader
from streams.kafka.topic_watch import TopicWatch
from streams.process.batch_types import Decoded
from streams.process.hints import HintTable, Pinned
from streams.settings import KafkaSettings

READ_AT_ONCE: Final = 5_000
BYTES_AT_ONCE: Final = 8 * MEBIBYTE
POLL_SECONDS: Final = 0.1  # a hint holds for what is scored after it, well within a second
SILENT_SECONDS: Final = 30.0
MOST: Final = 2  # times the limit: past it nothing is counted any more
MAX_LOGGED: Final = 20  # ignored records of one reading that get a line each

log = structlog.get_logger(__name__)


class HintFollower:
    """One thread that keeps a table of hints current; ``pin`` gives a batch what it is to know of it.

    More than ``limit`` hints are refused at the start. While a worker runs they are followed to twice as many, with an
    error in the log, and then ``fail`` ends it: memory stays bounded.
    """

    def __init__(self, kafka: KafkaSettings, *, limit: int, fail: Callable[[BaseException], None]) -> None:
        self._kafka = kafka
        self._limit = limit
        self._fail = fail
        self._table = HintTable()
        self._lock = threading.Lock()  # a batch sees all hints before one offset, and none behind it
        self._fault: StreamError | None = None
        self._progressed_at = time.monotonic()
        self._logged = 0
        self._is_over = False
        self._stopping = threading.Event()
        self._ended = threading.Event()  # the topic was read to its end once, or will not be
        self._watch: TopicWatch | None = None
        self._thread = threading.Thread(target=self._run, name="hints", daemon=True)

    def start(self) -> None:
        """Begin to read; raises BrokerUnreachable."""
        topics = TopicReader(self._kafka)
        self._watch = TopicWatch(lambda: topics.read([HINTS.name])[HINTS.name])
        self._watch.start()
        self._progressed_at = time.monotonic()
        self._thread.start()

    def wait_until_read(self) -> None:
        """Wait until the topic was read to its end; raises StreamError where it cannot be, or holds too many hints."""
        while not self._ended.wait(1.0):
            if time.monotonic() - self._progressed_at > SILENT_SECONDS:
                raise BrokerUnreachable(
                    f"{HINTS.name} could not be read to its end: nothing came for {SILENT_SECONDS:.0f} s; is the "
                    "broker well, and may this worker read the topic (docs/SECURITY.md)?"
                )
        if self._fault is not None:
            raise self._fault

    def stop(self) -> None:
        """Stop following; a worker that is told to stop while it starts may not have begun."""
        self._stopping.set()
        if self._watch is not None:
            self._watch.stop()
        if self._thread.ident is not None:
            self._thread.join(5.0)

    @property
    def is_read(self) -> bool:
        """Whether the topic was read to its end."""
        return self._ended.is_set() and self._fault is None

    def pin(self, decoded: Decoded) -> Pinned:
        """Return the hints of a batch's users and merchants, all as of one offset."""
        with self._lock:
            return self._table.pin(decoded)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                bounds = buffers(MEBIBYTE, BYTES_AT_ONCE, embedded=not may_be_static(self._kafka))
                with closing(Consumer(reader(self._kafka) | bounds)) as consumer:
                    self._follow(consumer)
            except KafkaException as error:
                log.warning("hints_not_read", reason=error.args[0].name())
                self._stopping.wait(POLL_SECONDS)
            except StreamError as error:
                is_start = not self._ended.is_set()
                if is_start or isinstance(error, SettingsError):
                    self._fault = error
                    self._ended.set()
                    if not is_start:
                        self._fail(error)
                    return
                log.warning("hints_not_read", reason=str(error))  # what was read stands until the topic is back

    def _follow(self, consumer: Consumer) -> None:
        """Read the topic from its beginning, then what comes; return when it is to be read again.

        That is where another topic has its name, or where it begins anew before what was read: it has lost its end.
        """
        assert self._watch is not None
        topic_id = self._watch.topic_id()
        partitions = sorted(consumer.list_topics(HINTS.name, timeout=SILENT_SECONDS).topics[HINTS.name].partitions)
        consumer.assign([TopicPartition(HINTS.name, partition, OFFSET_BEGINNING) for partition in partitions])
        intake = Intake(consumer, records=READ_AT_ONCE, size=BYTES_AT_ONCE)
        table, ended, self._logged = HintTable(), set[int](), 0
        while len(ended) < len(partitions):
            if self._stopping.is_set():
                return
            messages = intake.poll(first_seconds=POLL_SECONDS, more_seconds=POLL_SECONDS)
            if not self._take(table, messages):
                return
            ended |= {message.partition() or 0 for message in messages if _is_end(message)}
        if len(table) > self._limit:
            raise _too_many(f"{len(table):,} hints, {len(table) - self._limit:,} more than", self._limit)
        with self._lock:
            self._table = table
        self._ended.set()
        log.info("hints_read", hints=len(table), position=table.position)
        while not self._stopping.is_set():
            messages = intake.poll(first_seconds=POLL_SECONDS, more_seconds=0.0)
            with self._lock:
                goes_on = self._take(table, messages)
            facts = self._watch.facts
            if not goes_on or (facts is not None and facts.topic_id != topic_id):
                log.warning("hints_read_anew")
                return

    def _take(self, table: HintTable, messages: Sequence[Message]) -> bool:
        """Take in what was polled; False where the topic goes on before what was read of it."""
        for message in messages:
            if message.error() is not None:
                continue
            offset = message.offset()
            assert offset is not None  # of a record that came from a broker
            if message.partition() != 0:
                self._ignore(message, "it lies outside partition 0")
            elif offset < table.position:
                return False
            elif (fault := table.apply(message.key(), message.value(), offset=offset)) is not None:
                self._ignore(message, f"{fault.reason}: {fault.detail}")
        if messages:
            self._progressed_at = time.monotonic()
            self._weigh(table)
        return True

    def _weigh(self, table: HintTable) -> None:
        metrics.HINTS.set(len(table))
        if len(table) > MOST * self._limit:
            raise _too_many(f"more than {MOST * self._limit:,} hints, twice what", self._limit)
        is_over = self._ended.is_set() and len(table) > self._limit
        if is_over and not self._is_over:
            log.error("hints_over_limit", hints=len(table), limit=self._limit, todo="raise LEDGERMIND_WORKER_MAX_HINTS")
        self._is_over = is_over

    def _ignore(self, message: Message, why: str) -> None:
        metrics.HINTS_IGNORED.inc()
        self._logged += 1
        if self._logged <= MAX_LOGGED:
            log.error("hint_ignored", partition=message.partition(), offset=message.offset(), why=why)


def _is_end(message: Message) -> bool:
    error = message.error()
    return error is not None and error.code() == KafkaError._PARTITION_EOF


def _too_many(held: str, limit: int) -> SettingsError:
    return SettingsError(
        f"{HINTS.name} holds {held} LEDGERMIND_WORKER_MAX_HINTS={limit} allows; raise it where each worker has 0.25 KB "
        "of memory for every hint, or take hints back (ledgermind hint remove)"
    )
