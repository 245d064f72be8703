"""Supervise: keeps child processes running, restarts each with backoff, and stops all with the parent."""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

from ops.errors import OpsError
from ops.process import die_with_parent

FIRST_BACKOFF_SECONDS: Final = 0.5
LONGEST_BACKOFF_SECONDS: Final = 30.0
STEADY_SECONDS: Final = 60.0  # a child that ran this long starts again with the first backoff
STOP_SECONDS: Final = 12.0
# Restarting mends none of these: bad settings, a gap in the input. A fenced worker is restarted, since librdkafka says
# the same of a transaction that took too long.
FINAL_EXIT_CODES: Final = frozenset({2, 5})
# No topic, no broker: faults of the setting at first, later an outage, or a broker that is not all there yet.
FINAL_AT_FIRST: Final = frozenset({3, 4})


@dataclass(slots=True)
class Child:
    """One child and when it may be started again (monotonic seconds)."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    started_at: float = 0.0
    start_again_at: float = 0.0
    backoff_seconds: float = FIRST_BACKOFF_SECONDS


@dataclass(slots=True)
class Supervisor:
    """Runs children until SIGTERM or SIGINT; ``report`` hears what happens to them."""

    children: list[Child]
    report: Callable[[str], None]
    _stopping: bool = field(default=False)

    def run(self) -> int:
        """Return 0 after a stop; raises OpsError where a child leaves with a code that a restart cannot mend."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            while not self._stopping:
                for child in self.children:
                    self._look_after(child)
                time.sleep(0.1)
        finally:
            self._stop_all()
        return 0

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_again_at:
                child.process = subprocess.Popen(
                    child.command,
                    env=child.environment,
                    preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl, nothing that could hold a lock
                )
                child.starts += 1
                child.started_at = now
                self.report(f"{child.name} started, pid {child.process.pid}")
            return
        code = child.process.poll()
        if code is None:
            return
        child.process = None
        if code in FINAL_EXIT_CODES or (child.starts == 1 and code in FINAL_AT_FIRST):
            fault = OpsError(f"{child.name} left with exit code {code}; its last line above says what to mend")
            fault.exit_code = code
            raise fault
        if now - child.started_at > STEADY_SECONDS:
            child.backoff_seconds = FIRST_BACKOFF_SECONDS
        child.start_again_at = now + child.backoff_seconds
        self.report(f"{child.name} left with {code}, starting again in {child.backoff_seconds:g} s")
        child.backoff_seconds = min(2 * child.backoff_seconds, LONGEST_BACKOFF_SECONDS)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _stop_all(self) -> None:
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
