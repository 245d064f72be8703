"""Commits: the sink's thread, in which one batch after the other is committed, counted, and makes room."""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog

from streams import metrics
from streams.batch import Batch
from streams.dead_letter_limits import DeadLetterLimits, pause_metadata
from streams.in_flight import InFlight
from streams.leave import leave
from streams.outlook import Outlook
from streams.sink import CommitResult, Sink
from streams.tally import tally
from streams.transform import Transformed

RESUME: Final = "look at ledgermind dlq list, mend the producer, then: ledgermind dlq resume"

log = structlog.get_logger(__name__)


class Commits:
    """Commits while the next batch is scored; counters move after the commit, so they agree with the topics."""

    def __init__(
        self,
        sink: Sink,
        *,
        limits: DeadLetterLimits,
        in_flight: InFlight,
        outlook: Outlook,
        paused: Callable[[Mapping[int, str]], None] = lambda _: None,
    ) -> None:
        self._sink = sink
        self._limits = limits
        self._in_flight = in_flight
        self._outlook = outlook
        self._paused = paused  # told of each partition that was paused, and why
        self._thread = ThreadPoolExecutor(1, "sink")
        self._last: asyncio.Future[None] | None = None
        self.since: float | None = None  # monotonic seconds: when the commit that runs now began

    async def last(self) -> None:
        """Wait for the commit that runs."""
        if self._last is not None:
            await self._last

    def begin(self, batch: Batch, transformed: Transformed) -> None:
        """Commit ``batch`` in the sink's thread."""
        self._last = asyncio.get_running_loop().run_in_executor(self._thread, self._commit, batch, transformed)

    def _commit(self, batch: Batch, transformed: Transformed) -> None:
        self.since = started_at = time.monotonic()
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
                paused = {partition: limits.reasons[partition] for partition in self._limits.accept(limits)}
                for partition, reason in paused.items():
                    log.error("partition_paused", partition=partition, reason=reason, remedy=RESUME)
                if paused:
                    self._paused(paused)
            log.debug("batch_finished", batch=batch.number, result=result.value, seconds=round(now - started_at, 4))
        except Exception as error:
            leave(error)
        self.since = None
        self._in_flight.finish(committed=result is CommitResult.COMMITTED, size=batch.size)
