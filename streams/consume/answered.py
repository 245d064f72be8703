"""Answered: how far the outputs answer partitions of ``transactions`` that have no committed position.

A group's positions vanish when somebody deletes the group, or when it was empty for longer than the broker keeps them
(``offsets.retention.minutes``, a week). Reading from the first record would answer everything once more. The answers
themselves say how far it came: they were written in the transactions that moved the position.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from typing import Final

import msgspec
import structlog
from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec
from msgspec import Struct

from schemas.contracts.topics import COMPARISONS, DEAD_LETTERS, TRANSACTIONS
from schemas.events.dead_letter import read_headers
from streams.consume.intake import Intake
from streams.errors import StreamError
from streams.kafka.broker_check import reach
from streams.kafka.clients import MEBIBYTE, buffers, reader
from streams.settings import KafkaSettings

# Each record has an event in one of these; comparisons are kept longer than suggestions.
OUTPUTS: Final = (COMPARISONS.name, DEAD_LETTERS.name)
ANSWER_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.2
MORE_SECONDS: Final = 0.05
AGAIN_SECONDS: Final = 2.0  # after a look that failed
READ_AT_ONCE: Final = 5_000
BYTES_AT_ONCE: Final = 4 * MEBIBYTE
FETCH_BYTES: Final = 16 << 10  # compressed: dead letters of a megabyte are a few kilobytes
FIRST_RECORDS: Final = 100  # of a partition, whose times say where its answers begin
DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000

Place = tuple[str, int]  # topic and partition

log = structlog.get_logger(__name__)


class Given(Struct, frozen=True):
    """Of an answer, where its record lies."""

    event_id: str


class OutputScan:
    """One look at the outputs, in a thread of its own; where it fails it begins again until it is told to stop."""

    def __init__(self, kafka: KafkaSettings, starts: Mapping[int, int], topic_id: str) -> None:
        self.starts = dict(starts)
        self._kafka = kafka
        self._topic_id = topic_id
        self._found: dict[int, int] | None = None
        self._stopping = threading.Event()
        threading.Thread(target=self._run, name="answered", daemon=True).start()

    @property
    def found(self) -> Mapping[int, int] | None:
        """The position behind the last answer of each partition that has any; None until that is known."""
        return self._found

    def stop(self) -> None:
        """Nobody wants to know any more."""
        self._stopping.set()

    def _run(self) -> None:
        said = ""
        while not self._stopping.is_set():
            try:
                self._found = read_answered(
                    self._kafka, self.starts, topic_id=self._topic_id, go_on=lambda: not self._stopping.is_set()
                )
            except (KafkaException, StreamError, TimeoutError) as error:
                reason = error.args[0].name() if isinstance(error, KafkaException) else str(error)
                if reason != said:
                    log.error("answers_not_read", reason=reason, partitions=sorted(self.starts), topics=OUTPUTS)
                said = reason
                self._stopping.wait(AGAIN_SECONDS)
            else:
                return


def read_answered(
    kafka: KafkaSettings, starts: Mapping[int, int], *, topic_id: str, go_on: Callable[[], bool] = lambda: True
) -> dict[int, int]:
    """Return the position behind the last answer of each partition that has any.

    ``starts`` names the partitions and the first offset that the broker has of each. What a transaction still holds is
    waited for. Raises KafkaException, BrokerUnreachable, TimeoutError.
    """
    admin = reach(kafka)
    ends = _ends(admin)
    if not ends:
        return {}
    with closing(Consumer(reader(kafka) | buffers(FETCH_BYTES, BYTES_AT_ONCE, embedded=False))) as consumer:
        oldest_ms = _oldest_ms(consumer, starts, go_on)
        if oldest_ms is None:
            return {}
        while go_on() and not _are_committed(admin, ends):
            time.sleep(POLL_SECONDS)
        begins = _offsets(admin, ends, OffsetSpec.for_timestamp(oldest_ms))
        begins = {place: offset for place, offset in begins.items() if 0 <= offset < ends[place]}
        found: dict[int, int] = {}
        for message in _messages(consumer, begins, go_on):
            address = _address(message, topic_id)
            if address is not None and address[0] in starts:
                found[address[0]] = max(found.get(address[0], 0), address[1] + 1)
    return found


def _ends(admin: AdminClient) -> dict[Place, int]:
    """Return where each partition of the outputs ends that holds anything, open transactions included."""
    topics = admin.list_topics(timeout=ANSWER_SECONDS).topics
    places = [(name, partition) for name in OUTPUTS if name in topics for partition in topics[name].partitions]
    first = _offsets(admin, places, OffsetSpec.earliest())
    last = _offsets(admin, places, OffsetSpec.latest())
    return {place: last[place] for place in places if first[place] < last[place]}


def _are_committed(admin: AdminClient, ends: Mapping[Place, int]) -> bool:
    """Whether every transaction that reached before these ends is over."""
    latest, committed = OffsetSpec.latest(), IsolationLevel.READ_COMMITTED
    stable = _offsets(admin, ends, latest, isolation=committed)
    return all(stable[place] >= end for place, end in ends.items())


def _offsets(
    admin: AdminClient,
    places: Iterable[Place],
    spec: OffsetSpec,
    *,
    isolation: IsolationLevel = IsolationLevel.READ_UNCOMMITTED,
) -> dict[Place, int]:
    asked = {TopicPartition(*place): spec for place in places}
    if not asked:
        return {}
    answers = admin.list_offsets(asked, isolation_level=isolation, request_timeout=ANSWER_SECONDS)
    return {(at.topic, at.partition): int(answer.result(ANSWER_SECONDS).offset) for at, answer in answers.items()}


def _oldest_ms(consumer: Consumer, starts: Mapping[int, int], go_on: Callable[[], bool]) -> int | None:
    """Return a time before which no answer lies to a record that is still there; None where no record is there.

    An answer has the time of its record. A producer may set times out of order, or wrong ones of the future: so the
    oldest of the first records counts, an hour before it, and a day ago at the latest.
    """
    begins = {(TRANSACTIONS.name, partition): start for partition, start in starts.items()}
    times = [message.timestamp()[1] for message in _messages(consumer, begins, go_on, most=FIRST_RECORDS)]
    now_ms = int(time.time() * 1_000)
    return max(0, min(*times, now_ms - DAY_MS) - HOUR_MS) if times else None


def _messages(
    consumer: Consumer, begins: Mapping[Place, int], go_on: Callable[[], bool], *, most: int | None = None
) -> Iterable[Message]:
    """Yield the committed records from ``begins`` to where each partition ends, ``most`` of each at most.

    Raises KafkaException.
    """
    consumer.assign([TopicPartition(*place, offset) for place, offset in begins.items()])
    intake = Intake(consumer, records=READ_AT_ONCE, size=BYTES_AT_ONCE)
    left: dict[Place, int | None] = dict.fromkeys(begins, most)
    while left and go_on():
        for message in intake.poll(first_seconds=POLL_SECONDS, more_seconds=MORE_SECONDS):
            place, error = (str(message.topic()), message.partition() or 0), message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                if not error.retriable():
                    raise KafkaException(error)
            elif place in left:
                if error is None:
                    yield message
                    count = left[place]
                    left[place] = None if count is None else count - 1
                if error is not None or left[place] == 0:
                    del left[place]
                    consumer.pause([TopicPartition(*place)])


def _address(message: Message, topic_id: str) -> tuple[int, int] | None:
    """Return the partition and offset that an event answers, None where that is of another topic."""
    try:
        if message.topic() == DEAD_LETTERS.name:
            headers = read_headers(message.headers())
            named, partition, offset = (headers[f"dlq.{name}"] for name in ("topic_id", "partition", "offset"))
        else:
            event = msgspec.json.decode(message.value() or b"", type=Given)
            named, partition, offset = event.event_id.rsplit("-", 2)
        return (int(partition), int(offset)) if named == topic_id else None
    except (msgspec.MsgspecError, KeyError, ValueError):
        return None  # somebody else's
