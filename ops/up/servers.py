"""Servers: the broker and the Postgres under the programs, started again where they end."""

import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Literal, Protocol

from ops.errors import OpsError
from ops.local.apache_kafka import ApacheKafka
from ops.local.broker import open_broker
from ops.local.embedded_broker import Tansu
from ops.local.supervisor_metrics import resident_bytes
from streams.settings import KafkaSettings, read

AGAIN_SECONDS: Final = 5.0  # between two starts of a server that does not start


class Server(Protocol):
    """A process that can be started again in its place."""

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The process, None where somebody else runs it."""

    def start(self) -> None:
        """Start it; raises OpsError."""


class WatchedServer:
    """Starts a server again once it ended; ``is_away`` is called before each such start, ``came_back`` after it."""

    def __init__(
        self,
        name: str,
        server: Server,
        *,
        say: Callable[[str], None],
        is_away: Callable[[], None] = lambda: None,
        came_back: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._server = server
        self._say = say
        self._is_away = is_away
        self._came_back = came_back
        self._start_again_at = 0.0

    def look(self) -> None:
        """Start it again where it ended."""
        process = self._server.process
        if process is None or process.poll() is None or time.monotonic() < self._start_again_at:
            return
        self._say(f"{self._name} left with {process.returncode}, starting again")
        self._is_away()
        try:
            self._server.start()
            self._came_back()
        except OpsError as error:
            self._start_again_at = time.monotonic() + AGAIN_SECONDS
            self._say(f"{self._name} does not start: {error}; trying again in {AGAIN_SECONDS:g} s")
            return
        self._say(f"{self._name} is back, pid {self._server.process.pid if self._server.process else '-'}")


class BrokerServer:
    """The broker that ``up`` works with; ``keeps`` says whether it still has its topics when it is started again."""

    def __init__(self, spec: str, *, directory: Path, port: int, stack: ExitStack) -> None:
        """Start or find it; raises BrokerError."""
        self.kind: Literal["embedded", "kafka", "address"]
        self.server: Server | None
        if spec == "embedded":
            tansu = stack.enter_context(Tansu(directory / "tansu", port=port))
            self.kind, self.server, self.bootstrap_servers = "embedded", tansu, tansu.bootstrap_servers
        elif spec == "kafka":
            kafka = stack.enter_context(ApacheKafka(directory / "kafka", properties={}, port=port))
            self.kind, self.server, self.bootstrap_servers = "kafka", kafka, kafka.bootstrap_servers
        else:
            found = stack.enter_context(open_broker(spec, directory=directory))
            self.kind, self.server, self.bootstrap_servers = found.kind, None, found.bootstrap_servers

    @property
    def keeps(self) -> bool:
        """Whether topics outlive its process."""
        return self.kind != "embedded"

    @property
    def resident_bytes(self) -> int:
        """The memory of an embedded one, which holds its topics; 0 for others."""
        process = None if self.server is None or self.keeps else self.server.process
        return 0 if process is None else resident_bytes(process.pid) or 0

    def kafka_settings(self) -> KafkaSettings:
        """Return how it is spoken to: as the environment says where it is not ours."""
        ours = {} if self.kind == "address" else {"security_protocol": "plaintext"}
        return read(KafkaSettings).model_copy(update={"bootstrap_servers": self.bootstrap_servers, **ours})
