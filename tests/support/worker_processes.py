"""Crew: worker processes that are killed, stopped and started again while they work."""

import os
import signal
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from ops.local.ports import free_port
from ops.local.process import start
from ops.patience import patience_seconds, wait_for
from tests.conftest import ROOT

STOPPED_NOW = os.WSTOPPED | os.WNOHANG | os.WNOWAIT


@dataclass(slots=True)
class Worker:
    """One worker with a stable name; ``start`` brings it back after any death."""

    name: str
    bootstrap_servers: str
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    program: tuple[str, ...] = ("-m", "streams.worker")
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def start(self) -> None:
        """Start the process, logging to the worker's file."""
        self.starts += 1
        # Workers with a group of their own answer what another group has answered before, as such a test wants it.
        own_group = "LEDGERMIND_WORKER_GROUP" in self.environment
        self.process = start(
            [sys.executable, *self.program],
            log=self.log,
            environment={
                "PYTHONPATH": str(ROOT),  # a worker that is broken on purpose is a module of the tests
                "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
                "LEDGERMIND_REGISTRY": str(self.log.parent / "registry"),  # empty: rules answer
                "LEDGERMIND_WORKER_NAME": self.name,
                "LEDGERMIND_WORKER_PORT": str(self.port),
                "LEDGERMIND_WORKER_SESSION_TIMEOUT_MS": "6000",
                "LEDGERMIND_WORKER_TRANSACTION_TIMEOUT_MS": "10000",
                "LEDGERMIND_WORKER_STUCK_SECONDS": "15",
                "LEDGERMIND_WORKER_BATCH_RECORDS": "200",
                "LEDGERMIND_WORKER_FAILPOINT_SEED": str(self.starts),
                **({"LEDGERMIND_WORKER_READ_ANSWERED": "true"} if own_group else {}),
                **self.environment,
            },
        )

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    @property
    def frozen(self) -> bool:
        """Whether the process is stopped by a signal, as SIGSTOP stops it."""
        return self.process is not None and bool(os.waitid(os.P_PID, self.process.pid, STOPPED_NOW))

    def injure(self, number: signal.Signals) -> None:
        """Send a signal to the process, where there is one."""
        if self.process is not None and self.alive:
            self.process.send_signal(number)

    def stop(self) -> int:
        """End the process as an operator would; return its exit code."""
        assert self.process is not None
        self.injure(signal.SIGCONT)
        self.injure(signal.SIGTERM)
        try:
            return self.process.wait(patience_seconds())
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def metrics(self) -> dict[str, float]:
        """Return every sample of /metrics by its name with labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=patience_seconds()) as answer:
            lines = answer.read().decode().splitlines()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}

    def wait_until_ready(self) -> None:
        """Wait for /ready to say yes."""

        def ready() -> bool:
            assert self.alive, self._end_of_log()
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=patience_seconds()) as answer:
                return bool(answer.status == 200)

        wait_for(ready, lambda: f"yes of {self.name}; its log: {self._end_of_log()}", refusals=(OSError,))

    def wait_until_logged(self, event: str) -> None:
        """Wait until the log holds an event."""

        def logged() -> bool:
            assert self.alive, self._end_of_log()
            return f'"event": "{event}"' in self.log.read_text()

        wait_for(logged, lambda: f"{event} in {self._end_of_log()}")

    def _end_of_log(self) -> str:
        return self.log.read_text()[-2_000:]


def revive(workers: list[Worker]) -> int:
    """Start every worker that has died; return how many there were."""
    dead = [worker for worker in workers if not worker.alive]
    for worker in dead:
        worker.start()
    return len(dead)
