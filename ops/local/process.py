"""Process: child processes that never outlive the command that started them, however it ends."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from ops.errors import OpsError

STOP_SECONDS: Final = 10.0
# A user's folder may hold packages named as ours; Python would import those first from where a program is started.
SAFE_PATH: Final = {"PYTHONSAFEPATH": "1"}
POLL_SECONDS: Final = 0.05
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """In a child between fork and exec: ask the kernel for SIGKILL when the parent ends, even by kill -9."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def start(
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a process group of its own (ctrl-C reaches only us), its output appended to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **SAFE_PATH, **(environment or {})},
            cwd=directory,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl, nothing that could hold a lock
            process_group=0,
        )


def stop(process: subprocess.Popen[bytes], *, timeout_seconds: float = STOP_SECONDS) -> int:
    """End a child by SIGTERM, then by SIGKILL; return its exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def wait_until(
    ready: Callable[[], bool],
    *,
    process: subprocess.Popen[bytes],
    what: str,
    log: Path,
    timeout_seconds: float,
    failure: type[OpsError] = OpsError,
) -> None:
    """Wait until a child is ready; raises ``failure`` with the end of its log where it dies or takes too long."""
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise failure(f"{what} ended at its start with code {process.returncode}: {last_line(log)} (see {log})")
        if ready():
            return
        time.sleep(POLL_SECONDS)
    stop(process)
    raise failure(f"{what} was not ready within {timeout_seconds:.0f} s: {last_line(log)} (see {log})")


def last_line(log: Path) -> str:
    """Return the last line of a log that says something, or that there is none."""
    return last_words(log.read_text(errors="replace") if log.exists() else "")


def last_words(said: str) -> str:
    """Return the last line that is not indented: what a stack of calls is about, not where it was."""
    lines = [line for line in said.splitlines() if line.strip()]
    flush = [line for line in lines if not line[0].isspace()]
    return (flush or lines or ["it wrote nothing"])[-1].strip()
