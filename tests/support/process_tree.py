"""Family: which processes descend from which, read from /proc, so that tests can say that nobody was left behind."""

import os
from pathlib import Path

from ops.patience import wait_for


def is_alive(pid: int) -> bool:
    """Whether any thread of a process runs; the first may have ended before one that still holds a port."""
    return any(_status(thread)[0] not in ("", "Z", "X") for thread in (Path("/proc") / str(pid) / "task").glob("*"))


def descendants(pid: int) -> set[int]:
    """Return the pids of all living children, grandchildren and so on."""
    parents = {int(folder.name): _status(folder)[1] for folder in Path("/proc").glob("[0-9]*")}
    found: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in {pid, *found}} - found:
        found |= more
    return {one for one in found if is_alive(one)}


def cpu_seconds(pid: int) -> float:
    """Return what a process and its living descendants have spent, in user and kernel time."""
    ticks = sum(_ticks(Path("/proc") / str(one)) for one in {pid, *descendants(pid)})
    return ticks / os.sysconf("SC_CLK_TCK")


def wait_until_gone(pids: set[int]) -> None:
    """Wait for all to end; raises TimeoutError where some do not."""
    wait_for(lambda: not any(map(is_alive, pids)), lambda: f"end of {[pid for pid in pids if is_alive(pid)]}")


def _ticks(folder: Path) -> int:
    try:
        user, kernel = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(user) + int(kernel)


def _status(folder: Path) -> tuple[str, int]:
    """Return state and parent; the name before them may hold anything, brackets and spaces included."""
    try:
        state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return "", 0
    return state, int(parent)
