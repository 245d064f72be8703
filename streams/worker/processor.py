"""Processor: one batch after the other is scored, and committed while the next ones are scored."""

from collections.abc import Callable

import structlog

from schemas.events.rollout import RolloutRecord
from streams.consume.batch import Batch
from streams.process.transform import Transform
from streams.worker.committer import Commits
from streams.worker.exit import leave

log = structlog.get_logger(__name__)


class Processor:
    """``rollout`` gives the rollout record that a batch is scored under, from its first record to its last."""

    def __init__(self, transform: Transform, commits: Commits, *, rollout: Callable[[], RolloutRecord | None]) -> None:
        self._transform = transform
        self._commits = commits
        self._rollout = rollout

    @property
    def committing_since(self) -> float | None:
        """When the commit that runs now began, in monotonic seconds; None where none runs."""
        return self._commits.since

    async def process(self, batch: Batch) -> None:
        """Score one batch, and hand it on to be committed as soon as there is room: scoring and committing overlap."""
        rollout = self._rollout()
        assert rollout is not None
        try:
            transformed = await self._transform.run(batch.records, rollout, topic_id=batch.topic_id)
            log.debug(
                "batch_scored",
                batch=batch.number,
                scored=len(transformed.scored),
                refused=len(transformed.refused),
                rollout_version=rollout.version,
            )
            await self._commits.room()
        except Exception as error:
            leave(error)
        self._commits.begin(batch, transformed)
