"""Program: one of ours, started as a command: its exit code and words, or its pages while it runs."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ops.local.process import last_line, start, stop
from ops.patience import patience_seconds, wait_for

LEDGERMIND: Final = Path(sys.executable).parent / "ledgermind"
OURS: Final = ("LEDGERMIND_", "SUGGEST_", "ML_")


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command that ended said."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.stdout)


@dataclass(frozen=True, slots=True)
class Program:
    """A command that runs, and where it answers."""

    process: subprocess.Popen[bytes]
    log: Path
    url: str

    def page(self, path: str) -> tuple[int, str]:
        """Return the status and the text of a page; raises OSError where nobody listens yet."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=patience_seconds()) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metrics(self) -> dict[str, float]:
        """Return every sample of /metrics by its name with labels, as it is written there."""
        lines = [line for line in self.page("/metrics")[1].splitlines() if line and not line.startswith("#")]
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}

    def wait_until_ready(self) -> None:
        """Wait for /ready to say yes."""
        wait_for(lambda: self.runs and self.page("/ready")[0] == 200, self._words("/ready"), refusals=(OSError,))

    def wait_until_it_answers(self) -> None:
        """Wait for /metrics, of a program that has no /ready."""
        wait_for(lambda: self.runs and self.page("/metrics")[0] == 200, self._words("/metrics"), refusals=(OSError,))

    @property
    def runs(self) -> bool:
        """True; fails where the program has ended."""
        assert self.process.poll() is None, f"it ended with {self.process.returncode}: {last_line(self.log)}"
        return True

    def stop(self) -> int:
        """End it as an operator would; return its exit code."""
        return stop(self.process, timeout_seconds=patience_seconds())

    def _words(self, page: str) -> Any:
        return lambda: f"yes of {self.url}{page}: {last_line(self.log)} (see {self.log})"


def run_command(*arguments: str, directory: Path, variables: Mapping[str, str]) -> Finished:
    """Run one ``ledgermind`` command to its end, with no variables of ours but these."""
    done = subprocess.run(
        [str(LEDGERMIND), *arguments],
        env=environment(variables),
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=10 * patience_seconds(),  # of a training; pytest's own limit is for hangs
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def start_program(*arguments: str, log: Path, port: int, variables: Mapping[str, str]) -> Program:
    """Start one ``ledgermind`` command; its variables name the port already."""
    unset = {name: "" for name in os.environ if name.startswith(OURS) and name not in variables}
    command = ["env", *(f"--unset={name}" for name in unset), str(LEDGERMIND), *arguments]
    return Program(start(command, log=log, environment=dict(variables)), log, f"http://127.0.0.1:{port}")


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a command: this one without variables of ours, but with the given ones."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | dict(variables)
