"""Programs: the commands that ``up`` keeps running, each with its environment and its log."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ops.local.supervisor import Child
from ops.up.addresses import Addresses

BUILD_EVERY: Final = "15m"
EXPORT_SECONDS: Final = 300
# A feed or a training that ends so has done its work: 3 is a file with refused rows, or a gate that did not pass.
DONE: Final = frozenset({0, 3})
SESSION_MS: Final = {"embedded": "6000", "kafka": "10000", "address": "30000"}
LEDGERMIND: Final = (sys.executable, "-m", "ops.cli")
BACKGROUND: Final = ("nice", "-n", "10")


def scoring(addresses: Addresses, environment: Mapping[str, str], logs: Path, *, broker: str) -> list[Child]:
    """Return the workers and the landing: what reads the topics, and begins again where the topics do."""
    session = SESSION_MS[broker]
    workers = [
        Child(
            f"worker-{number}",
            [sys.executable, "-m", "streams.worker"],
            {
                **environment,
                "LEDGERMIND_WORKER_NAME": f"up-{number}",
                "LEDGERMIND_WORKER_PORT": _port(address),
                "LEDGERMIND_WORKER_SESSION_TIMEOUT_MS": session,
            },
            log=logs / f"worker-{number}.log",
        )
        for number, address in enumerate(addresses.workers)
    ]
    landing = Child(
        "landing",
        [sys.executable, "-m", "streams.landing"],
        {
            **environment,
            "LEDGERMIND_LANDING_PORT": _port(addresses.landing),
            "LEDGERMIND_LANDING_SESSION_TIMEOUT_MS": session,
        },
        log=logs / "landing.log",
    )
    return [*workers, landing]


def watching(addresses: Addresses, environment: Mapping[str, str], logs: Path, *, dbt: Path) -> list[Child]:
    """Return what looks at the whole: judge, exporter, builds of the warehouse."""
    freshness = ("--freshness", f"{addresses.exporter}/metrics")
    targets = {name: ("--target", str(dbt / name)) for name in ("exporter", "builds")}
    commands: dict[str, tuple[str, ...]] = {
        "judge": ("rollout", "judge", "--service", *_workers(addresses), *freshness),
        "exporter": ("warehouse", "export", "--every", str(EXPORT_SECONDS), *targets["exporter"]),
        "builds": ("warehouse", "build", "--every", BUILD_EVERY, *targets["builds"]),
    }
    ports = {"judge": addresses.judge, "exporter": addresses.exporter, "builds": addresses.builds}
    return [
        Child(
            name,
            [*BACKGROUND, *LEDGERMIND, *words, "--port", _port(ports[name])],
            dict(environment),
            log=logs / f"{name}.log",
        )
        for name, words in commands.items()
    ]


def console(addresses: Addresses, environment: Mapping[str, str], logs: Path) -> Child:
    """Return the console, which shows the rollout of the broker that it read when it started."""
    sources = (*_workers(addresses), "--freshness", f"{addresses.exporter}/metrics")
    command = [*BACKGROUND, *LEDGERMIND, "console", *sources, "--port", _port(addresses.console)]
    return Child("console", command, dict(environment), log=logs / "console.log")


def bootstrap(environment: Mapping[str, str], logs: Path) -> Child:
    """Return the training of a first release, from the shipped vocabulary and a simulation."""
    command = [*BACKGROUND, *LEDGERMIND, "train", "--bootstrap"]
    return Child("training", command, dict(environment), log=logs / "training.log", done_codes=DONE)


def simulation(rate: float, environment: Mapping[str, str], logs: Path) -> Child:
    """Return the feed of simulated transactions and their late labels, without an end."""
    command = [sys.executable, "-m", "ops.up.feed", str(rate)]
    return Child("simulation", command, dict(environment), log=logs / "simulation.log")


def file_feed(file: Path, words: tuple[str, ...], environment: Mapping[str, str], logs: Path) -> Child:
    """Return the feed of a CSV, once from its first row to its last."""
    command = [*LEDGERMIND, "publish", str(file), *words]
    return Child("file", command, dict(environment), log=logs / "file.log", done_codes=DONE)


def _workers(addresses: Addresses) -> list[str]:
    return [word for address in addresses.workers for word in ("--worker", address)]


def _port(address: str) -> str:
    return address.rpartition(":")[2]
