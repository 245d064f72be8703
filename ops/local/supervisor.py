"""Supervisor: keeps child processes running, restarts each with backoff, and stops all with the parent.

Children are independent: one that cannot run is tried again ever more rarely and leaves its siblings alone. Only when
none runs, and each has left with a code that a restart cannot mend, does the parent end.
"""

import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import BinaryIO, Final

from ops.errors import OpsError
from ops.local.process import die_with_parent

FIRST_BACKOFF_SECONDS: Final = 0.5
MAX_BACKOFF_SECONDS: Final = 30.0
STEADY_SECONDS: Final = 60.0  # a child that ran this long starts again with the first backoff
STOP_SECONDS: Final = 12.0
# Restarting mends none of these: bad settings, a gap in the input. A fenced worker is restarted, since librdkafka says
# the same of a transaction that took too long.
FINAL_EXIT_CODES: Final = frozenset({2})
# No topic, no broker: faults of the setting at first, later an outage, or a broker that is not all there yet.
FINAL_AT_FIRST: Final = frozenset({3, 4})
STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(slots=True)
class Child:
    """One child and when it may be started again (monotonic seconds); ``final_code`` is one that no restart mends.

    Its output goes to ``log``, ours without one. What it ends with counts as its work done where ``done_codes`` has it.
    """

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path | None = None
    done_codes: frozenset[int] = frozenset()
    is_done: bool = False
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    exits: Counter[int] = field(default_factory=Counter)
    final_code: int | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    backoff_seconds: float = FIRST_BACKOFF_SECONDS

    @property
    def pid(self) -> int | None:
        """Of the process that runs, None where none does."""
        process = self.process
        return None if process is None else process.pid


@dataclass(slots=True)
class Supervisor:
    """Runs children until SIGTERM, SIGINT or SIGHUP; ``report`` hears what happens to them."""

    children: list[Child]
    report: Callable[[str], None]
    _stopping: bool = field(default=False)

    def run(self) -> int:
        """Return 0 after a stop; raises OpsError where every child has left with a code that a restart cannot mend."""
        self.listen()
        try:
            while not self.is_stopping:
                self.turn()
                self._end_where_none_can_run()
                time.sleep(0.1)
        finally:
            self.stop(self.children)
        return 0

    def listen(self) -> None:
        """Take the signals that stop us from now on; ``is_stopping`` says that one came."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop)

    @property
    def is_stopping(self) -> bool:
        """Whether a signal to stop came."""
        return self._stopping

    def turn(self) -> None:
        """Start what is to run and does not, and say what ended."""
        for child in self.children:
            if not child.is_done:
                self._look_after(child)

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_again_at:
                self._start(child, now)
            return
        code = child.process.poll()
        if code is None:
            if now - child.started_at > STEADY_SECONDS:
                child.final_code = None
            return
        child.process = None
        child.exits[code] += 1
        if code in child.done_codes:
            child.is_done = True
            return
        is_final = code in FINAL_EXIT_CODES or (child.starts == 1 and code in FINAL_AT_FIRST)
        child.final_code = code if is_final else None
        if now - child.started_at > STEADY_SECONDS:
            child.backoff_seconds = FIRST_BACKOFF_SECONDS
        if code in FINAL_EXIT_CODES:
            child.backoff_seconds = MAX_BACKOFF_SECONDS
        child.start_again_at = now + child.backoff_seconds
        if len(self.children) > 1 or not is_final:
            self._say(f"{child.name} left with {code}, starting again in {child.backoff_seconds:g} s")
        child.backoff_seconds = min(2 * child.backoff_seconds, MAX_BACKOFF_SECONDS)

    def _start(self, child: Child, now: float) -> None:
        with open_log(child.log) as output:
            child.process = subprocess.Popen(
                child.command,
                env=child.environment,
                stdin=None if output is None else subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=_in_child,  # noqa: PLW1509
                process_group=None if output is None else 0,  # ctrl-C is ours to answer, in our order
            )
        child.starts += 1
        child.started_at = now
        self._say(f"{child.name} started, pid {child.process.pid}")

    def _end_where_none_can_run(self) -> None:
        if all(child.process is None and child.final_code is not None for child in self.children):
            first = self.children[0]
            said = f"{first.name} left with exit code {first.final_code}; its last line above says what to mend"
            fault = OpsError(said if len(self.children) == 1 else f"none of the processes can run: {said}")
            fault.exit_code = first.final_code or 1
            raise fault

    def _say(self, line: str) -> None:
        try:
            self.report(line)
        except OSError:  # the terminal is gone, and nobody hears it
            return

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def stop(self, children: Sequence[Child]) -> None:
        """Stop these children together, those that do not obey in time by SIGKILL."""
        running = [child.process for child in children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def open_log(log: Path | None) -> AbstractContextManager[BinaryIO | None]:
    """Open a child's log to append to it; None, our own output, where it has none."""
    if log is None:
        return nullcontext()
    log.parent.mkdir(parents=True, exist_ok=True)
    return log.open("ab")


def _in_child() -> None:
    """Between fork and exec: end with the parent. A closed terminal is the parent's to answer, by SIGTERM to us."""
    die_with_parent()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
