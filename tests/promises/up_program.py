"""Up program: one `ledgermind up` in a folder, seen through its words, its addresses and the processes it has."""

import json
import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from ops.patience import patience_seconds, wait_for
from tests.promises import topic
from tests.promises.program import LEDGERMIND, Finished, environment
from tests.support.process_tree import descendants, wait_until_gone


@dataclass(frozen=True, slots=True)
class RunningUp:
    """A command that runs, the folder it works in, and the files that it writes to."""

    process: subprocess.Popen[bytes]
    folder: Path
    out: Path
    err: Path

    @property
    def said(self) -> str:
        """Everything that it said so far."""
        return self.out.read_text() + self.err.read_text()

    @property
    def addresses(self) -> dict[str, Any]:
        """What `--json` printed."""
        said: dict[str, Any] = json.loads(self.out.read_text().splitlines()[0])
        return said

    def wait_for(self, pattern: str, *, times: int = 1) -> re.Match[str]:
        """Wait until it has said something so often; return the last time; fails where it ended before."""

        def look() -> list[re.Match[str]]:
            found = list(re.finditer(pattern, self.said))
            assert len(found) >= times or self.process.poll() is None, f"it ended: {self.said}"
            return found[times - 1 :]

        return wait_for(look, lambda: f"{pattern!r} {times} times in: {self.said}")[0]

    def wait_until_ready(self) -> None:
        """Wait for the addresses."""
        wait_for(lambda: self.out.read_text().endswith("}\n"), lambda: f"addresses: {self.said}")

    def page(self, address: str | None = None) -> str:
        """Return the console's first page; raises OSError where nobody listens yet."""
        with urllib.request.urlopen(address or self.addresses["console"], timeout=patience_seconds()) as answer:
            return str(answer.read().decode())

    def suggestions(self) -> int:
        """Return how many suggestions lie on the topic."""
        return len(topic.read(self.addresses["bootstrap_servers"], "suggestions"))

    def wait_for_more_suggestions(self) -> None:
        """Wait until there are more of them than now."""
        before = self.suggestions()
        wait_for(lambda: self.suggestions() > before, lambda: f"more than {before} suggestions: {self.said}")

    def pid_of(self, name: str) -> int:
        """Return the pid of a program as it was last said."""
        return int(re.findall(rf"^{name} started, pid (\d+)$", self.said, re.MULTILINE)[-1])

    def child(self, name: str) -> int:
        """Return the pid of the child whose command line holds a name."""
        lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in descendants(self.process.pid)}
        return next(pid for pid, line in sorted(lines.items()) if name.encode() in line)

    @property
    def variables(self) -> dict[str, str]:
        """What its file exports to a shell."""
        file = self.folder / ".ledgermind" / "up" / "env"
        return dict(re.findall(r"^export (\w+)='(.*)'$", file.read_text(), re.MULTILINE))

    def count(self, query: LiteralString) -> int:
        """Return the one number that a query gives."""
        with psycopg.connect(self.variables["LEDGERMIND_POSTGRES_DSN"]) as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])

    def run(self, *arguments: str) -> Finished:
        """Run a command against it, with the variables of its file."""
        done = subprocess.run(
            [str(LEDGERMIND), *arguments],
            cwd=self.folder,
            env=environment(self.variables),
            capture_output=True,
            text=True,
            timeout=patience_seconds(),
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal; return its exit code once nothing of it is left."""
        family = descendants(self.process.pid)
        self.process.send_signal(number)
        code = self.process.wait(patience_seconds())
        wait_until_gone(family)
        return code


@contextmanager
def run_up(folder: Path, *arguments: str, command: Path = LEDGERMIND) -> Iterator[RunningUp]:
    """Run `ledgermind up` in a folder until the context ends."""
    out, err = folder / "up.out", folder / "up.err"
    with out.open("wb") as to_out, err.open("wb") as to_err:
        process = subprocess.Popen(
            [str(command), "up", *arguments],
            cwd=folder,
            env=environment({}),
            stdin=subprocess.DEVNULL,
            stdout=to_out,
            stderr=to_err,
            start_new_session=True,
        )
    running = RunningUp(process, folder, out, err)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.stop()


def segments_of(pid: int) -> set[int]:
    """Return the shared memory segments that a process made, whether it still runs or not."""
    lines = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    return {int(line[1]) for line in lines if int(line[4]) == pid}


def works_in(folder: Path) -> list[int]:
    """Return the pids of the processes that work in a folder or name it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_there = (process / "cwd").readlink().is_relative_to(folder)
            is_named = str(folder).encode() in (process / "cmdline").read_bytes()
        except OSError:
            continue
        if is_there or is_named:
            found.append(int(process.name))
    return found
