"""Memory limit: a program in a control group of Linux of its own, which the kernel kills beyond so many bytes."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path("/sys/fs/cgroup")
JOIN: Final = (
    "import os, sys; open(sys.argv[1], 'w').write(str(os.getpid())); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
)


class MemoryLimit:
    """A control group; ``program`` gives the arguments of a Python that joins it before it does anything else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def program(self, *words: str) -> tuple[str, ...]:
        """Return the arguments that run ``words`` in the group."""
        return ("-c", JOIN, str(self._folder / "cgroup.procs"), *words)

    @property
    def kills(self) -> int:
        """How often the kernel killed a process for its memory."""
        names = ("memory.events", "memory.oom_control")  # of version 2, and of version 1
        text = next(file.read_text() for name in names if (file := self._folder / name).exists())
        return int(next(line.split()[1] for line in text.splitlines() if line.startswith("oom_kill ")))


@contextmanager
def memory_limit(mebibytes: int) -> Iterator[MemoryLimit | None]:
    """Make a control group for as long as the block lasts; None where this user may make none."""
    for parent, setting in ((ROOT, "memory.max"), (ROOT / "memory", "memory.limit_in_bytes")):
        folder = parent / f"ledgermind-test-{os.getpid()}"
        try:
            folder.mkdir()
        except OSError:
            continue
        try:
            if (folder / setting).exists():
                (folder / setting).write_text(str(mebibytes << 20))
                sys.stderr.write(f"a control group of {mebibytes} MiB\n")
                yield MemoryLimit(folder)
                return
        finally:
            folder.rmdir()
    sys.stderr.write("no control group can be made here: the kernel's count alone is held against the limit\n")
    yield None
