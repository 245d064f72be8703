"""Terminal: a command at a terminal of its own, what it says there, and what a person types."""

import os
import pty
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ops.patience import patience_seconds, wait_for
from tests.promises.program import LEDGERMIND, environment


class Terminal:
    """Our end of it."""

    def __init__(self, descriptor: int, running: "subprocess.Popen[bytes]") -> None:
        self._descriptor = descriptor
        self._running = running
        self._said = bytearray()

    @property
    def said(self) -> str:
        """All that the command has said so far, and what was typed."""
        return self._said.decode(errors="replace")

    def wait_for(self, words: str) -> None:
        """Wait until the command has said these words; fails where it ends before."""
        wait_for(lambda: self._has_said(words), lambda: f"{words!r} in {self.said}")

    def type_line(self, line: str) -> None:
        """Type a line, as a person does who has read the question."""
        os.write(self._descriptor, f"{line}\n".encode())

    def exit_code(self) -> int:
        """Wait for the command's end."""
        return self._running.wait(patience_seconds())

    def _has_said(self, words: str) -> bool:
        ended = self._running.poll() is not None
        with suppress(OSError):  # nothing yet, or nobody at the other end any more
            self._said += os.read(self._descriptor, 65_536)
        assert words in self.said or not ended, self.said
        return words in self.said


@contextmanager
def at_a_terminal(*arguments: str, directory: Path, variables: Mapping[str, str]) -> Iterator[Terminal]:
    """Run a command at a terminal of its own, with no variables of ours but these."""
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [str(LEDGERMIND), *arguments],
            env=environment(variables),
            cwd=directory,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        ) as running:
            os.close(theirs)
            os.set_blocking(ours, False)
            try:
                yield Terminal(ours, running)
            finally:
                running.kill()  # it has ended, unless the test failed
    finally:
        os.close(ours)
