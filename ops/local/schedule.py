"""Schedule: runs a command again and again, each time as a process of its own; what it comes to ends nothing."""

import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.errors import OpsError
from ops.local.process import last_line, start, stop

POLL_SECONDS: Final = 0.2
JITTER: Final = 0.05  # of the wait, added by chance: programs that were started together do not stay together
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


class DurationError(OpsError):
    """A text that should say how long says nothing."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Ended:
    """One run of the command: its exit code, how long it took, and the last line that it wrote."""

    exit_code: int
    seconds: float
    said: str


def parse_duration(text: str, *, option: str) -> float:
    """Return the seconds of ``90s``, ``15m``, ``2h`` or ``1d``; raises DurationError for anything else, and for 0."""
    match = _DURATION.fullmatch(text.strip())
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if seconds <= 0:
        raise DurationError(f"{option}: {text!r} is not a duration: write 90s, 15m, 2h or 1d")
    return seconds


def spread(seconds: float, dice: random.Random) -> float:
    """Return a wait that is up to a twentieth longer."""
    return seconds * (1.0 + JITTER * dice.random())


def run_again(
    run: Callable[[], float], *, stopping: threading.Event, first_wait: float = 0.0, clock: Callable[[], float]
) -> None:
    """Call ``run`` until told to stop; it returns the seconds from its start to the next one's."""
    stopping.wait(first_wait)
    while not stopping.is_set():
        began = clock()
        seconds = run()
        stopping.wait(max(0.0, began + seconds - clock()))


def run_child(command: Sequence[str], *, log_file: Path, is_stopping: Callable[[], bool]) -> Ended | None:
    """Run ``command`` to its end, its output in ``log_file``; None where it was told to stop before."""
    log_file.unlink(missing_ok=True)
    began = time.monotonic()
    process = start(command, log=log_file)
    while process.poll() is None:
        if is_stopping():
            stop(process)
            return None
        time.sleep(POLL_SECONDS)
    return Ended(process.returncode, time.monotonic() - began, last_line(log_file))
