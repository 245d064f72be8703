"""Addresses: where everything answers, in the usual ports where they are free."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from msgspec import Struct

from ops.local.ports import LOOPBACK, free_port, is_open
from schemas.environment import taxonomy_variable
from scorer.release.settings import DEFAULT_REGISTRY

FOLDER: Final = Path(".ledgermind") / "up"
# The defaults of the commands: with these a command that is typed beside `up` needs no variable.
BROKER_PORT: Final = 9092
WORKER_PORT: Final = 6066
LANDING_PORT: Final = 6060
EXPORTER_PORT: Final = 6070
BUILDS_PORT: Final = 6071
JUDGE_PORT: Final = 6080
CONSOLE_PORT: Final = 6090
OURS: Final = ("LEDGERMIND_KAFKA_", "LEDGERMIND_WORKER_", "LEDGERMIND_LANDING_")


class Addresses(Struct, frozen=True):
    """Where everything answers."""

    console: str
    bootstrap_servers: str
    postgres: str
    workers: tuple[str, ...]
    landing: str
    judge: str
    exporter: str
    builds: str
    registry: str
    logs: str
    pid: int


@dataclass(slots=True)
class Ports:
    """Gives each program a port of its own; with ``only_free`` the usual ones are left to others."""

    only_free: bool
    _given: set[int] = field(default_factory=set)

    def take(self, usual: int) -> int:
        """Return the usual port where nobody has it, else a free one."""
        is_usual = not self.only_free and usual not in self._given and not is_open(usual)
        port = usual if is_usual else free_port()
        while port in self._given:
            port = free_port()
        self._given.add(port)
        return port


def url(port: int) -> str:
    """Return the address of a page on this machine."""
    return f"http://{LOOPBACK}:{port}"


def take_addresses(ports: Ports, *, bootstrap_servers: str, postgres: str, workers: int, logs: Path) -> Addresses:
    """Return where everything will answer, each page at a port of its own."""
    return Addresses(
        console=url(ports.take(CONSOLE_PORT)),
        bootstrap_servers=bootstrap_servers,
        postgres=postgres,
        workers=tuple(url(ports.take(WORKER_PORT + number)) for number in range(workers)),
        landing=url(ports.take(LANDING_PORT)),
        judge=url(ports.take(JUDGE_PORT)),
        exporter=url(ports.take(EXPORTER_PORT)),
        builds=url(ports.take(BUILDS_PORT)),
        registry=registry_location(),
        logs=str(logs),
        pid=os.getpid(),
    )


def registry_location() -> str:
    """Return where releases lie: LEDGERMIND_REGISTRY, else the folder that every command looks into."""
    return os.environ.get("LEDGERMIND_REGISTRY") or DEFAULT_REGISTRY


def base_environment(addresses: Addresses, *, keeps_kafka: bool) -> dict[str, str]:
    """Return the environment of every program; variables for another broker, worker or landing are left out.

    With ``keeps_kafka`` those of the broker stay: they say how to speak to one that is not ours.
    """
    left_out = OURS[1:] if keeps_kafka else OURS
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return kept | commands_environment(addresses) | {"PYTHONSAFEPATH": "1"}


def commands_environment(addresses: Addresses) -> dict[str, str]:
    """Return what a command needs to find everything."""
    return {
        "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": addresses.bootstrap_servers,
        "LEDGERMIND_POSTGRES_DSN": addresses.postgres,
        "LEDGERMIND_REGISTRY": addresses.registry,
    } | ({"LEDGERMIND_TAXONOMY": own} if (own := taxonomy_variable()) else {})


def env_file(variables: Mapping[str, str]) -> str:
    """Return the text of a file for the shell's ``.``."""
    quoted = {name: value.replace("'", "'\\''") for name, value in variables.items()}
    return "".join(f"export {name}='{value}'\n" for name, value in quoted.items())


def command_name() -> str:
    """Return how this command is typed from here: by name where the PATH leads to it, else by its path."""
    ours = Path(sys.argv[0]).absolute()
    found = shutil.which("ledgermind")
    if found is not None and Path(found).absolute() == ours:
        return "ledgermind"
    return str(ours.relative_to(Path.cwd())) if ours.is_relative_to(Path.cwd()) else str(ours)
