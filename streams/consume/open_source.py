"""Open source: puts the parts that a worker's source needs together, by the worker's settings."""

from collections.abc import Callable
from functools import partial

from confluent_kafka import Consumer

from schemas.contracts.topics import TRANSACTIONS
from streams.consume.answered import OutputScan
from streams.consume.batch import Batch
from streams.consume.gaps import Gaps
from streams.consume.in_flight import InFlight
from streams.consume.lost_positions import LostPositions
from streams.consume.offset_ledger import Ledger
from streams.consume.poll_settings import Cadence
from streams.consume.resets import Resets
from streams.consume.source import Source
from streams.dead_letters.limits import DeadLetterLimits
from streams.dead_letters.pause_store import Pauses
from streams.dead_letters.paused_partitions import Standstill
from streams.errors import StreamError
from streams.kafka.clients import source_consumer
from streams.kafka.membership import EmbeddedGroup
from streams.kafka.topic_watch import TopicWatch
from streams.settings import KafkaSettings, WorkerSettings


def open_source(
    kafka: KafkaSettings,
    worker: WorkerSettings,
    *,
    watch: TopicWatch,
    ledger: Ledger,
    limits: DeadLetterLimits,
    in_flight: InFlight,
    deliver: Callable[[Batch], None],
    fail: Callable[[StreamError], None],
    is_static: bool,
) -> Source:
    """Return the source of a worker, which has not begun to poll; the embedded broker knows no static members."""
    embedded = EmbeddedGroup(kafka, group=worker.group, session_seconds=worker.session_timeout_ms / 1_000)
    gaps = Gaps(Resets(kafka, group=worker.group).asked)
    looks = is_static and not worker.read_answered  # the embedded broker loses no positions
    return Source(
        Consumer(source_consumer(kafka, worker, static=is_static)),
        topic=TRANSACTIONS.name,
        watch=watch,
        ledger=ledger,
        standstill=Standstill(limits, resumed=Pauses(kafka, group=worker.group).resumed),
        gaps=gaps,
        lost=LostPositions(gaps, partial(OutputScan, kafka) if looks else None),
        in_flight=in_flight,
        cadence=Cadence.of(worker),
        deliver=deliver,
        fail=fail,
        leaves=worker.leave_on_stop,
        embedded=None if is_static else embedded,
    )
