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
from streams.errors import RolloutRecordError
from streams.rollout.writer import Change, Writer
from streams.settings import KafkaSettings

TRIES: Final = 5  # writers fence each other; an act contradicts nobody's, so it is simply written again
MOST_CHARACTERS: Final = 200  # of a detail

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
        kept = {name: value[:MOST_CHARACTERS] for name, value in details.items()}
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


def record_pauses(kafka: KafkaSettings, reasons: Mapping[int, str], *, worker: str) -> None:
    """Write down, in a thread of its own, that a worker has paused partitions; where that fails it is logged."""

    def write() -> None:
        places = " ".join(str(partition) for partition in sorted(reasons))
        why = next(iter(reasons.values()))
        try:
            details = {"partitions": places}
            ActLog(kafka).record(ActKind.PAUSE, actor=f"worker {worker}", reason=why, details=details)
        except Exception as error:
            log.warning("act_not_written", act="pause", partitions=places, error=type(error).__name__)

    threading.Thread(target=write, name="acts", daemon=True).start()
