"""Committer: the sink's thread, in which batches are committed, counted, and make room; those that wait go together."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Final

import structlog

from streams import metrics
from streams.consume.batch import Batch
from streams.consume.gaps import Passage
from streams.consume.in_flight import InFlight
from streams.consume.offset_ledger import Ledger, Span
from streams.dead_letters.limits import DeadLetterLimits, PauseDecision, pause_metadata
from streams.kafka.position_note import with_topic_id
from streams.kafka.topic_watch import TopicWatch
from streams.process.outgoing import Outgoing
from streams.process.transform import Transformed
from streams.produce.batch_metrics import tally
from streams.produce.grouping import ScoredBatch, join_group, take_group
from streams.produce.isolation import Part, Search, cut, put_aside
from streams.produce.model_monitor import Outlook
from streams.produce.sink import CommitResult, Sink
from streams.rollout.acts import Acts
from streams.worker.exit import leave

RESUME: Final = "look at ledgermind dlq list, mend the producer, then: ledgermind dlq resume"
MAX_WAITING: Final = 4  # scored batches that wait for the commit before them
MEND: Final = "make the settings of transactions-dlq agree with those of transactions, then: ledgermind dlq resume"

log = structlog.get_logger(__name__)


class Commits:
    """Commits while the next batch is scored; counters move after the commit, so they agree with the topics.

    Where scoring is faster than the broker's commits, the batches that wait become one transaction of up to
    ``transaction_records`` records: a commit costs the same however many records it holds.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        ledger: Ledger,
        watch: TopicWatch,
        limits: DeadLetterLimits,
        in_flight: InFlight,
        outlook: Outlook,
        worker_version: str,
        acts: Acts,
        transaction_records: int,
    ) -> None:
        self._sink = sink
        self._ledger = ledger
        self._watch = watch
        self._limits = limits
        self._in_flight = in_flight
        self._outlook = outlook
        self._worker_version = worker_version
        self._acts = acts
        self._transaction_records = transaction_records
        self._thread = ThreadPoolExecutor(1, "sink")
        self._waiting: deque[ScoredBatch] = deque()
        self._runs: deque[asyncio.Future[None]] = deque()
        self.since: float | None = None  # monotonic seconds: when the commit that runs now began

    async def room(self) -> None:
        """Wait until another scored batch may wait."""
        while self._runs and (self._runs[0].done() or len(self._waiting) >= MAX_WAITING):
            await self._runs.popleft()

    def begin(self, batch: Batch, transformed: Transformed) -> None:
        """Commit ``batch`` in the sink's thread, together with those that wait there by then."""
        self._waiting.append(ScoredBatch(batch, transformed))
        self._runs.append(asyncio.get_running_loop().run_in_executor(self._thread, self._commit))

    def _commit(self) -> None:
        """Commit what waits, in one transaction as far as it may be; nothing where an earlier call took it."""
        group = take_group(self._waiting, records=self._transaction_records)
        if not group:
            return
        started_at = time.monotonic()
        try:
            result = self._write_group(group)
            seconds = round(time.monotonic() - started_at, 4)
            for one in group:
                log.debug(
                    "batch_finished",
                    batch=one.batch.number,
                    batches=len(group),
                    result=result.value,
                    seconds=seconds,
                )
        except Exception as error:
            leave(error)
        self.since = None
        for one in group:
            self._in_flight.finish(committed=result is CommitResult.COMMITTED, size=one.batch.size)

    def _write_group(self, group: Sequence[ScoredBatch]) -> CommitResult:
        """Write what was read from the topic that is there; what comes from one that is gone is dropped.

        Of the new topic the source begins to read anew as soon as the watch has told of it.
        """
        last = group[-1].batch
        if self._watch.topic_id(since=last.polled_at) != last.topic_id:
            metrics.COMMITS.labels(CommitResult.DROPPED.value).inc()
            return CommitResult.DROPPED
        if last.passage is not None:
            return self._pass_gap(last, last.passage)
        return self._write(join_group(group), last.group)

    def _pass_gap(self, batch: Batch, passage: Passage) -> CommitResult:
        """Move a partition on behind its gap."""
        self.since = time.monotonic()
        metadata = {passage.partition: with_topic_id(None, batch.topic_id)}
        result = self._sink.commit(batch.span, Outgoing([], []), batch.group, metadata=metadata)
        metrics.COMMITS.labels(result.value).inc()
        if result is CommitResult.COMMITTED:
            metrics.SKIPPED.inc(passage.skipped)
            log.warning(
                "partition_reset",
                partition=passage.partition,
                start=passage.start,
                to=passage.to,
                skipped=passage.skipped,
                reset=passage.reset.reset_id,
            )
            self._acts.reset(passage)
        return result

    def _write(self, whole: Part, group: object) -> CommitResult:
        """Write a batch in one transaction, or in several where the broker refuses a record of it."""
        search = Search(len(whole.records))
        while True:
            part = cut(whole, search.first, search.end)
            result = self._write_part(part, group)
            is_refused = result is CommitResult.REFUSED
            if is_refused:
                if search.refused():
                    continue
                result = self._put_aside(part, group)
            if result is not CommitResult.COMMITTED:
                return result
            search.written(as_dead_letter=is_refused)
            if search.is_done:
                return result
            self._in_flight.progress()

    def _put_aside(self, part: Part, group: object) -> CommitResult:
        """Write a dead letter for what a record cannot become; pause its partition where even that is refused."""
        (record,) = part.records
        refusal = self._sink.refusal
        log.error("record_unproducible", partition=record.partition, offset=record.offset, reason=refusal)
        letter = put_aside(part, refusal, worker_version=self._worker_version, now_ms=int(time.time() * 1_000))
        result = self._write_part(letter, group)
        if result is not CommitResult.REFUSED:
            return result
        at = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds")
        reason = f"offset {record.offset} cannot even become a dead letter: {self._sink.refusal}, {at}"
        metadata = {record.partition: with_topic_id(pause_metadata(reason), part.topic_id)}
        result = self._sink.commit(
            Span(part.span.epoch, part.span.start, part.span.start), Outgoing([], []), group, metadata=metadata
        )
        if result is CommitResult.COMMITTED:
            self._limits.accept(PauseDecision({}, {record.partition: reason}))
            metrics.UNPRODUCIBLE_PAUSES.inc()
            self._tell({record.partition: reason}, remedy=MEND)
        self._ledger.abort(part.span)  # what was polled beyond it is dropped; the other partitions are read again
        return CommitResult.DROPPED

    def _write_part(self, part: Part, group: object) -> CommitResult:
        self.since = started_at = time.monotonic()
        scored, refused = part.transformed.scored, part.transformed.refused
        limits = self._limits.weigh(part.records, refused)
        notes = {partition: pause_metadata(reason) for partition, reason in limits.reasons.items()}
        metadata = {partition: with_topic_id(notes.get(partition), part.topic_id) for partition in part.span.end}
        result = self._sink.commit(part.span, part.transformed.outgoing, group, metadata=metadata)
        now = time.monotonic()
        metrics.COMMITS.labels(result.value).inc()
        if result is CommitResult.COMMITTED:
            metrics.COMMIT_SECONDS.observe(now - started_at)
            tally(scored, refused, part.transformed.skipped, now=time.time())
            self._outlook.see(scored, now=now)
            paused = {partition: limits.reasons[partition] for partition in self._limits.accept(limits)}
            self._tell(paused, remedy=RESUME)
        return result

    def _tell(self, paused: Mapping[int, str], *, remedy: str) -> None:
        """Say which partitions are paused from now on, and why."""
        for partition, reason in paused.items():
            log.error("partition_paused", partition=partition, reason=reason, remedy=remedy)
        if paused:
            self._acts.paused(paused)
