"""Retrain service: trains anew on a schedule that survives a restart; a refusal is an outcome like any other."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from ops.local.schedule import Ended, run_again, run_child, spread
from ops.monitoring.metrics_page import metrics_page
from ops.training.retrain import RetrainRunningError
from ops.training.retrain_metrics import NEXT, RETRAIN, RUNS, RetrainOutcome, show

MEMORY: Final = "retrain.json"  # in the folder of dbt's artefacts
REFUSED_CODE: Final = 3
REFUSED_SECONDS: Final = 86_400.0  # after a refusal, where retrainings are further apart: tomorrow's data is other data
FAILED_SECONDS: Final = 900.0  # the same after a failure: Postgres may be back

log = structlog.get_logger(__name__)


class LastRun(Struct, frozen=True):
    """What is remembered of the last retraining; times in epoch seconds, 0 for none."""

    outcome: RetrainOutcome | None = None
    ended_at: float = 0.0
    passed_at: float = 0.0
    seconds: float = 0.0


def serve_retrainings(
    command: Sequence[str],
    *,
    every_seconds: float,
    target: Path,
    host: str,
    port: int,
    stopping: threading.Event,
    dice: random.Random,
) -> None:
    """Run ``command`` every so many seconds until told to stop; answer /metrics meanwhile.

    The first run comes at once, or when the one of before the restart wants its next. Its output is in
    ``target/retrain.log``, the last one's only. Raises OpsError where nobody can listen.
    """
    memory = target / MEMORY
    last = remembered(memory)
    _export(last)
    first_wait = max(0.0, last.ended_at + wait_after(last.outcome, every_seconds) - time.time())
    _expect(first_wait)

    def once() -> float:
        nonlocal last
        ended = run_child(command, log_file=target / "retrain.log", is_stopping=stopping.is_set)
        if ended is None:
            return 0.0
        wait = spread(wait_after(outcome_of(ended.exit_code), every_seconds), dice)
        _expect(wait)  # first: whoever sees the outcome finds the time of the next run beside it
        last = _note(last, ended, now=time.time)
        _remember(memory, last)
        return ended.seconds + wait

    with metrics_page(RETRAIN, host=host, port=port):
        run_again(once, stopping=stopping, first_wait=first_wait, clock=time.monotonic)


def wait_after(outcome: RetrainOutcome | None, every_seconds: float) -> float:
    """Return how long to wait from the end of a run to the next one: less where it came to no release."""
    waits = {None: 0.0, RetrainOutcome.REFUSED: REFUSED_SECONDS, RetrainOutcome.FAILED: FAILED_SECONDS}
    return min(every_seconds, waits.get(outcome, every_seconds))


def outcome_of(exit_code: int) -> RetrainOutcome:
    """Return what an exit code of ``ledgermind retrain`` means."""
    known = {
        0: RetrainOutcome.PASSED,
        REFUSED_CODE: RetrainOutcome.REFUSED,
        RetrainRunningError.exit_code: RetrainOutcome.BUSY,
    }
    return known.get(exit_code, RetrainOutcome.FAILED)


def remembered(memory: Path) -> LastRun:
    """Return what the last run came to; nothing where there was none or the file cannot be read."""
    try:
        return msgspec.json.decode(memory.read_bytes(), type=LastRun)
    except (OSError, msgspec.MsgspecError):
        return LastRun()


def _note(last: LastRun, ended: Ended, *, now: Callable[[], float]) -> LastRun:
    """Count, export and log one retraining, and return what to remember."""
    outcome, at = outcome_of(ended.exit_code), now()
    passed_at = at if outcome is RetrainOutcome.PASSED else last.passed_at
    found = LastRun(outcome, at, passed_at, round(ended.seconds, 1))
    RUNS.labels(outcome.value).inc()
    _export(found)
    say = log.warning if outcome is RetrainOutcome.FAILED else log.info
    say("retrained", outcome=outcome.value, seconds=found.seconds, exit_code=ended.exit_code, said=ended.said)
    return found


def _export(last: LastRun) -> None:
    show(last.outcome, ended_at=last.ended_at, passed_at=last.passed_at, seconds=last.seconds)


def _expect(wait_seconds: float) -> None:
    NEXT.set(time.time() + wait_seconds)


def _remember(memory: Path, last: LastRun) -> None:
    memory.parent.mkdir(parents=True, exist_ok=True)
    half = memory.with_suffix(".new")
    half.write_bytes(msgspec.json.encode(last))
    half.replace(memory)
