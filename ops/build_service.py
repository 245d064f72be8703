"""Build service: builds the warehouse again and again, each time as a process of its own; a failure ends nothing."""

import re
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import structlog

from ops.build_metrics import BUILD, BuildResult, show
from ops.errors import OpsError
from ops.metrics_page import metrics_page
from ops.process import last_line, start, stop

RETRY_SECONDS: Final = 60.0  # after a failure, where builds are further apart: Postgres may be back
POLL_SECONDS: Final = 0.2
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)([smhd])")

log = structlog.get_logger(__name__)


class DurationError(OpsError):
    """A text that should say how long says nothing."""

    exit_code = 2


def parse_duration(text: str, *, option: str) -> float:
    """Return the seconds of ``90s``, ``15m``, ``2h`` or ``1d``; raises DurationError for anything else, and for 0."""
    match = _DURATION.fullmatch(text.strip())
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if seconds <= 0:
        raise DurationError(f"{option}: {text!r} is no duration: write 90s, 15m, 2h or 1d")
    return seconds


def serve_builds(
    command: Sequence[str], *, every_seconds: float, log_file: Path, host: str, port: int, stopping: threading.Event
) -> None:
    """Run ``command`` every so many seconds, from start to start, until told to stop; answer /metrics meanwhile.

    Its output is in ``log_file``, the last build's only. Raises OpsError where nobody can listen.
    """
    with metrics_page(BUILD, host=host, port=port):
        while not stopping.is_set():
            began = time.monotonic()
            result = build_once(command, log_file=log_file, is_stopping=stopping.is_set)
            wait = every_seconds if result is not BuildResult.FAILURE else min(every_seconds, RETRY_SECONDS)
            stopping.wait(max(0.0, began + wait - time.monotonic()))


def build_once(command: Sequence[str], *, log_file: Path, is_stopping: Callable[[], bool]) -> BuildResult | None:
    """Run one build to its end, export and log it; None where it was told to stop before."""
    log_file.unlink(missing_ok=True)
    began = time.monotonic()
    process = start(command, log=log_file)
    while process.poll() is None:
        if is_stopping():
            stop(process)
            return None
        time.sleep(POLL_SECONDS)
    seconds = time.monotonic() - began
    result = BuildResult.FAILURE if process.returncode else BuildResult.SUCCESS
    show(result, at=time.time(), seconds=seconds)
    say = log.info if result is BuildResult.SUCCESS else log.warning
    said = last_line(log_file)
    say("warehouse_built", result=result.value, seconds=round(seconds, 1), exit_code=process.returncode, said=said)
    return result
