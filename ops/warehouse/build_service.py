"""Build service: builds the warehouse again and again; a failure ends nothing."""

import random
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from ops.local.schedule import Ended, run_again, run_child, spread
from ops.monitoring.metrics_page import metrics_page
from ops.warehouse.build_metrics import BUILD, BuildResult, show

RETRY_SECONDS: Final = 60.0  # after a failure, where builds are further apart: Postgres may be back

log = structlog.get_logger(__name__)


def serve_builds(
    command: Sequence[str],
    *,
    every_seconds: float,
    log_file: Path,
    host: str,
    port: int,
    stopping: threading.Event,
    dice: random.Random,
) -> None:
    """Run ``command`` every so many seconds, from start to start, until told to stop; answer /metrics meanwhile.

    Its output is in ``log_file``, the last build's only. Raises OpsError where nobody can listen.
    """

    def build() -> float:
        ended = run_child(command, log_file=log_file, is_stopping=stopping.is_set)
        has_failed = ended is not None and note(ended) is BuildResult.FAILURE
        return spread(min(every_seconds, RETRY_SECONDS) if has_failed else every_seconds, dice)

    with metrics_page(BUILD, host=host, port=port):
        run_again(build, stopping=stopping, clock=time.monotonic)


def note(ended: Ended) -> BuildResult:
    """Export and log one build, and return what it came to."""
    result = BuildResult.FAILURE if ended.exit_code else BuildResult.SUCCESS
    show(result, at=time.time(), seconds=ended.seconds)
    say = log.info if result is BuildResult.SUCCESS else log.warning
    say(
        "warehouse_built",
        result=result.value,
        seconds=round(ended.seconds, 1),
        exit_code=ended.exit_code,
        said=ended.said,
    )
    return result
