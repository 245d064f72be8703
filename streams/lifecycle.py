"""Lifecycle: starts the parts of one worker in order, moves batches through them, and stops them within a deadline."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException, Producer

from schemas.topics import COMPARISONS, DEAD_LETTERS, ROLLOUT_STATE, SUGGESTIONS, TRANSACTIONS
from streams import metrics
from streams.batch import Batch
from streams.cadence import Cadence
from streams.clients import source_consumer, transactional_producer
from streams.dead_letter_limits import DeadLetterLimits, pause_metadata
from streams.errors import BrokerUnreachable, RolloutRecordError, StreamError
from streams.failpoints import Failpoints
from streams.in_flight import InFlight
from streams.ledger import Ledger
from streams.outlook import Outlook
from streams.pauses import Pauses
from streams.releases import Releases
from streams.reload import Reload
from streams.rollout import Follower
from streams.rollout_writer import Writer
from streams.scoring import Rules, Scoring
from streams.settings import KafkaSettings, SuggestSettings, WorkerSettings
from streams.sink import CommitResult, Sink
from streams.source import Source
from streams.standstill import Standstill
from streams.tally import tally
from streams.topic_id import check_topics, read_topic_id
from streams.transform import Transform, Transformed
from streams.watchdog import STUCK_EXIT_CODE, Watchdog

WORKER_VERSION: Final = "0.1.0"
STOP_SECONDS: Final = 8.0
LAST_SECONDS: Final = 9.5
ROLLOUT_SECONDS: Final = 30.0
UNEXPECTED_EXIT_CODE: Final = 70
RESUME: Final = "look at ledgermind dlq list, mend the producer, then: ledgermind dlq resume"

log = structlog.get_logger(__name__)


class Lifecycle:
    """One worker: source → transform → sink, with the rollout record and the watchdog beside them."""

    def __init__(
        self,
        *,
        kafka: KafkaSettings,
        worker: WorkerSettings,
        suggest: SuggestSettings,
        rules: Rules,
        releases: Releases,
        deliver: Callable[[Batch], Coroutine[None, None, None]],
    ) -> None:
        self._kafka = kafka
        self._worker = worker
        self._suggest = suggest
        self._releases = releases
        self._reload = Reload(releases.load)
        self._deliver = deliver
        self._ledger = Ledger()
        self._in_flight = InFlight()
        self._limits = DeadLetterLimits(
            run=worker.dead_letter_run, ratio=worker.dead_letter_ratio, window=worker.dead_letter_window
        )
        self._scoring = Scoring(rules, models=self._reload.get, model_seconds=worker.model_timeout_ms / 1_000)
        self._outlook = Outlook(self._reload.get)
        self._follower = Follower(kafka, fail=leave, changed=self._reload.offer)
        self._watchdog = Watchdog(self.symptom, stuck_seconds=worker.stuck_seconds)
        self._commit_thread = ThreadPoolExecutor(1, "sink")
        self._committing: asyncio.Future[None] | None = None
        self._committing_since: float | None = None
        self._source: Source | None = None
        self._sink: Sink | None = None
        self._transform: Transform | None = None

    async def start(self) -> None:
        """Check the topics, fence older selves, learn the rollout record, and only then begin to poll."""
        loop = asyncio.get_running_loop()
        threading.excepthook = lambda args: leave(args.exc_value or args.exc_type())  # no thread dies in silence
        try:
            await loop.run_in_executor(None, self._prepare)
        except StreamError as error:
            leave(error)
        except KafkaException as error:
            leave(BrokerUnreachable(f"the broker cannot be worked with: {error.args[0].name()}; is it up?"))
        self._source = Source(
            Consumer(source_consumer(self._kafka, self._worker)),
            topic=TRANSACTIONS.name,
            ledger=self._ledger,
            standstill=Standstill(self._limits, resumed=Pauses(self._kafka, group=self._worker.group).resumed),
            in_flight=self._in_flight,
            cadence=Cadence.of(self._worker),
            deliver=partial(self._hand_over, loop),
            fail=leave,
        )
        self._source.start()
        self._watchdog.start()
        log.info("worker_started", group=self._worker.group, rules_version=self._scoring.rules_version)

    async def stop(self) -> None:
        """Stop polling, let what is under way be committed, leave."""
        self._watchdog.stop()
        _leave_at_last()
        if self._source is not None:
            stop = self._source.stop
            await asyncio.get_running_loop().run_in_executor(None, lambda: stop(timeout_seconds=STOP_SECONDS))
        self._follower.stop()
        self._reload.stop()
        log.info("worker_stopped")

    def _hand_over(self, loop: asyncio.AbstractEventLoop, batch: Batch) -> None:
        asyncio.run_coroutine_threadsafe(self._deliver(batch), loop)

    async def process(self, batch: Batch) -> None:
        """Score one batch, wait for the commit before it, and start its own: scoring and committing overlap."""
        assert self._transform is not None
        rollout = self._reload.in_force
        assert rollout is not None
        try:
            transformed = await self._transform.run(batch.records, rollout)
            log.debug(
                "batch_scored",
                batch=batch.number,
                scored=len(transformed.scored),
                refused=len(transformed.refused),
                rollout_version=rollout.version,
            )
            if self._committing is not None:
                await self._committing
        except Exception as error:
            leave(error)
        loop = asyncio.get_running_loop()
        self._committing = loop.run_in_executor(self._commit_thread, self._commit, batch, transformed)

    def unready(self) -> list[str]:
        """What is still missing before this worker can be said to work; empty when it is ready."""
        source = self._source
        conditions = {
            "producer initialised": self._sink is not None,
            "rollout record in force": self._reload.in_force is not None,
            "partitions assigned": source is not None and source.assigned.is_set(),
            "no partition paused": not metrics.PAUSED_PARTITIONS._value.get(),
        }
        return [condition for condition, holds in conditions.items() if not holds]

    def _prepare(self) -> None:
        check_topics(self._kafka, [TRANSACTIONS, SUGGESTIONS, COMPARISONS, DEAD_LETTERS, ROLLOUT_STATE])
        self._transform = Transform(
            self._scoring,
            topic_id=read_topic_id(self._kafka, TRANSACTIONS.name),
            worker_version=WORKER_VERSION,
            now=time.time,
        )
        producer = Producer(
            transactional_producer(
                self._kafka,
                transactional_id=f"ledgermind-worker-{self._worker.name}",
                timeout_ms=self._worker.transaction_timeout_ms,
            )
        )
        failpoints = Failpoints.parse(self._worker.failpoints, seed=self._worker.failpoint_seed)
        sink = Sink(
            producer,
            ledger=self._ledger,
            failpoints=failpoints,
            timeout_seconds=self._worker.transaction_timeout_ms / 1_000,
        )
        sink.init_transactions()
        self._sink = sink
        self._follow_rollout()

    def _follow_rollout(self) -> None:
        """Read the rollout record to its end; write the first one where there is none."""
        self._reload.start()
        self._follower.start()
        if not self._follower.wait_until_read(ROLLOUT_SECONDS):
            raise RolloutRecordError("rollout-state could not be read to its end within 30 s; is the broker well?")
        if self._follower.latest is None:
            now = datetime.fromtimestamp(time.time(), UTC)
            actor = f"worker {self._worker.name}"
            try:
                Writer(self._kafka).begin(self._suggest, canary_model=self._releases.newest(), actor=actor, now=now)
            except RolloutRecordError as error:
                # A worker that started together with us was faster: we follow its record.
                log.warning("rollout_not_begun", reason=str(error))
        if not self._reload.wait_until_in_force(ROLLOUT_SECONDS):
            raise RolloutRecordError("no rollout record came into force within 30 s; see ledgermind rollout status")

    def _commit(self, batch: Batch, transformed: Transformed) -> None:
        """In the sink's thread: commit, count, make room."""
        assert self._sink is not None
        self._committing_since = started_at = time.monotonic()
        try:
            limits = self._limits.weigh(batch.records, transformed.refused)
            metadata = {partition: pause_metadata(reason) for partition, reason in limits.reasons.items()}
            result = self._sink.commit(batch.span, transformed.outgoing, batch.group, metadata=metadata)
            now = time.monotonic()
            metrics.COMMITS.labels(result.value).inc()
            if result is CommitResult.COMMITTED:
                metrics.COMMIT_SECONDS.observe(now - started_at)
                tally(transformed.scored, transformed.refused, now=time.time())
                self._outlook.see(transformed.scored, now=now)
                for partition in self._limits.accept(limits):
                    log.error("partition_paused", partition=partition, reason=limits.reasons[partition], remedy=RESUME)
            log.debug("batch_finished", batch=batch.number, result=result.value, seconds=round(now - started_at, 4))
        except Exception as error:
            leave(error)
        self._committing_since = None
        self._in_flight.finish(committed=result is CommitResult.COMMITTED)

    def symptom(self) -> str | None:
        """What the watchdog must know: a hanging commit, records that stay unfinished, a silent poll loop."""
        source, now, limit = self._source, time.monotonic(), self._worker.stuck_seconds
        committing = self._committing_since  # also while the partitions are gone and nobody waits for the records
        if committing is not None and now - committing > limit:
            return f"a commit hung for {limit:.0f} s"
        if source is None:
            return None
        since = self._in_flight.unfinished_since
        if since is not None and now - since > limit:
            return f"polled records were unfinished for {limit:.0f} s"
        if now - source.polled_at > limit:
            return f"the poll loop was silent for {limit:.0f} s"
        return None


def _leave_at_last() -> None:
    """End the process where stopping takes too long: a call that hangs in the client would hold it for ever."""
    late = threading.Timer(LAST_SECONDS, os._exit, [STUCK_EXIT_CODE])
    late.daemon = True
    late.start()


def leave(error: BaseException) -> None:
    """End the process at once; whatever was open is aborted by the broker and read again by the successor."""
    if isinstance(error, StreamError):
        log.error("worker_left", error=type(error).__name__, message=str(error))
        code = error.exit_code
    else:
        log.critical("worker_left", error=type(error).__name__, exc_info=error)
        code = UNEXPECTED_EXIT_CODE
    sys.stderr.flush()
    os._exit(code)
