"""Acts: what operators and workers do beside the rollout, each a link of the rollout's own hash chain.

The record of an act leaves everything as it is for users; ``ledgermind rollout history --all`` shows it.
"""

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import structlog

from schemas.events.rollout import Act, ActKind, RolloutRecord
from streams.consume.gaps import Passage
from streams.errors import RolloutRecordError
from streams.rollout.change import Change
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings

TRIES: Final = 5  # writers fence each other; an act contradicts nobody's, so it is simply written again
MAX_CHARACTERS: Final = 200  # of a detail

log = structlog.get_logger(__name__)


class ActLog:
    """Made before the act, so that one that cannot be written down is not done; ``record`` follows it."""

    def __init__(self, kafka: KafkaSettings) -> None:
        """Raises StreamError where nothing could be written down."""
        self._kafka = kafka
        self._writer: Writer | None = Writer(kafka)
        if (fault := self._writer.history.fault) is not None:
            raise RolloutRecordError(
                f"nothing can be written down behind a rollout record that cannot be read ({fault}); "
                "run a version that reads it, or: ledgermind rollout repair --reason …"
            )

    def record(self, kind: ActKind, *, actor: str, reason: str, details: Mapping[str, str]) -> RolloutRecord | None:
        """Write an act down and return its record, None where there is no rollout yet that it could be linked to.

        Raises RolloutRecordError where it could not be written, whatever was tried.
        """
        kept = {name: value[:MAX_CHARACTERS] for name, value in details.items()}
        change = Change(actor=actor, reason=reason, act=Act(kind=kind.value, details=kept))
        last: RolloutRecordError | None = None
        for _ in range(TRIES):
            try:
                writer = self._writer or Writer(self._kafka)
                if writer.history.latest is None:
                    return None
                return writer.change(change, now=datetime.fromtimestamp(time.time(), UTC))
            except RolloutRecordError as error:
                self._writer, last = None, error
        raise RolloutRecordError(f"{kind} was done and could not be written down: {last}") from last


class Acts:
    """Writes down what a worker does with partitions, each in a thread of its own; where that fails it is logged."""

    def __init__(self, kafka: KafkaSettings, *, worker: str) -> None:
        self._kafka = kafka
        self._worker = worker

    def paused(self, reasons: Mapping[int, str]) -> None:
        """The worker has paused partitions, and why."""
        places = " ".join(str(partition) for partition in sorted(reasons))
        why = next(iter(reasons.values()))
        self._begin(ActKind.PAUSE, actor=f"worker {self._worker}", reason=why, details={"partitions": places})

    def reset(self, passage: Passage) -> None:
        """The worker has moved a partition on behind its gap, as an operator wanted."""
        details = passage.details | {"worker": self._worker}
        self._begin(ActKind.RESET, actor=passage.reset.actor, reason=passage.reset.reason, details=details)

    def _begin(self, kind: ActKind, *, actor: str, reason: str, details: Mapping[str, str]) -> None:
        def write() -> None:
            try:
                ActLog(self._kafka).record(kind, actor=actor, reason=reason, details=details)
            except Exception as error:
                log.error("act_not_written", act=kind.value, details=dict(details), error=type(error).__name__)

        threading.Thread(target=write, name="acts", daemon=True).start()
