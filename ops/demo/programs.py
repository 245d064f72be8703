"""Programs: the worker and the landing as the demo runs them, as child processes with logs of their own."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.errors import OpsError
from ops.local.ports import LOOPBACK, free_port
from ops.local.process import last_line, start, stop
from ops.rollout.sources.metrics_client import Scrape, scrape

READY_SECONDS: Final = 120.0
SCRAPE_SECONDS: Final = 10.0
SCRAPE_PAUSE_SECONDS: Final = 0.5
COMMAND_SECONDS: Final = 3_600.0  # a training on a machine that others load


@dataclass(frozen=True, slots=True)
class Program:
    """One running program and where it answers."""

    process: subprocess.Popen[bytes]
    log: Path
    url: str

    def scrape(self) -> Scrape:
        """Return its metrics, asked again while it is too busy; raises OpsError where it never answers."""
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                return scrape(f"{self.url}/metrics", seconds=SCRAPE_SECONDS)
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise OpsError(f"a program does not answer: {last_line(self.log)} (see {self.log})") from error
                time.sleep(SCRAPE_PAUSE_SECONDS)

    def wait_until_ready(self) -> None:
        """Wait for /ready; raises OpsError with what is missing, or with the last line of a program that died."""
        deadline = time.monotonic() + READY_SECONDS
        missing = "no answer"
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise OpsError(f"a program ended: {last_line(self.log)} (see {self.log})")
            try:
                with urllib.request.urlopen(f"{self.url}/ready", timeout=2) as answer:  # noqa: S310 - our own address
                    json.load(answer)
                    return
            except urllib.error.HTTPError as error:
                missing = ", ".join(json.load(error)["missing"])
            except OSError:
                pass
            time.sleep(0.1)
        raise OpsError(f"a program was not ready within {READY_SECONDS:.0f} s: {missing} (see {self.log})")


@contextmanager
def run_program(
    module: str, *words: str, environment: Mapping[str, str], log: Path, port: int | None = None
) -> Iterator[Program]:
    """Run ``python -m module words`` until the context ends."""
    port = port or free_port()
    process = start([sys.executable, "-m", module, *words], log=log, environment=environment)
    try:
        yield Program(process, log, f"http://{LOOPBACK}:{port}")
    finally:
        stop(process)


def run_command(arguments: Sequence[str], *, environment: Mapping[str, str], log: Path) -> tuple[int, list[str]]:
    """Run one ``ledgermind`` command to its end; return its exit code and its lines."""
    process = start([sys.executable, "-m", "ops.cli", *arguments], log=log, environment=environment)
    try:
        code = process.wait(COMMAND_SECONDS)
        return code, [line.strip() for line in log.read_text().splitlines()] or ["it wrote nothing"]
    except subprocess.TimeoutExpired as error:
        raise OpsError(f"ledgermind {' '.join(arguments)} took over {COMMAND_SECONDS:.0f} s (see {log})") from error
    finally:
        stop(process)
