"""Peers: a backlog from topic to topics on one Apache Kafka, by ours and by others at the same guarantee, in turns.

``make bench-peers`` runs it: Quix Streams comes from PyPI into an environment of its own, Kafka Streams from Maven.
Client CPU is that of the program alone, from its start to its last answer; start-up is what it costs without records.
"""

import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from confluent_kafka import Consumer

from ops.local.apache_kafka import ApacheKafka
from ops.local.cache import cache_directory
from ops.local.process import start
from tests.benchmarks.test_end_to_end import Program, beside, reader, running, topics_on, written
from tests.benchmarks.traffic import records
from tests.conftest import ROOT
from tests.support.kafka_io import send_records
from tests.support.process_tree import cpu_seconds

pytestmark = [pytest.mark.benchmark, pytest.mark.kafka, pytest.mark.timeout(7_200)]
BACKLOG = int(os.environ.get("PEER_RECORDS", "120000"))
ROUNDS = int(os.environ.get("PEER_ROUNDS", "3"))
QUIX = "quixstreams==3.28.1"
PEERS = Path(__file__).parent / "peers"
QUIET_SECONDS = 3.0
LIMIT_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Drained:
    """How long a backlog took from the first answer to the last, and what the program spent on it."""

    seconds: float
    cpu_seconds: float


def ours(registry: Path) -> Program:
    """Return the worker; what it answers by, the first record of the rollout says."""

    def run(servers: str, group: str, folder: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.goldens.serve", "work", servers, str(registry), group]
        return start(command, log=folder / f"{group}.log", environment={"PYTHONPATH": str(ROOT)}, directory=ROOT)

    return run


def quix(mode: str) -> Program:
    """Return Quix Streams in its own environment, with our packages behind its own."""
    python = cache_directory() / "quix" / "bin" / "python"
    if not python.exists():
        uv = Path(sys.executable).parent / "uv"
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, python.parents[1]], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, QUIX], check=True)

    def run(servers: str, group: str, folder: Path) -> subprocess.Popen[bytes]:
        words = [servers, group, mode, sysconfig.get_path("purelib")]
        command = [str(python), "-m", "tests.benchmarks.peers.quix", *words]
        return start(command, log=folder / f"{group}.log", environment={"PYTHONPATH": str(ROOT)}, directory=ROOT)

    return run


def kafka_streams(mode: str) -> Program:
    """Return Kafka Streams, compiled from its one file as Java starts."""
    jars = cache_directory() / "kafka-streams"
    if not jars.exists():
        goal = [
            "mvn",
            "-B",
            "-q",
            "-f",
            str(PEERS / "pom.xml"),
            "dependency:copy-dependencies",
            f"-DoutputDirectory={jars}",
        ]
        subprocess.run(goal, check=True)

    def run(servers: str, group: str, folder: Path) -> subprocess.Popen[bytes]:
        source = str(PEERS / "KafkaStreamsPeer.java")
        command = ["java", "-cp", f"{jars}/*", source, servers, group, mode]
        return start(command, log=folder / f"{group}.log")

    return run


def drain(program: Program, servers: str, folder: Path) -> Drained:
    """Run a program on the whole backlog in a group of its own."""
    # Some commit every few seconds: their first answer is written long before it is committed.
    ahead = Consumer({"bootstrap.servers": servers, "group.id": "bench-ahead", "isolation.level": "read_uncommitted"})
    with closing(reader(servers)) as consumer, closing(ahead):
        before = last = written(consumer)
        written_before = written(ahead)
        first_at = last_at = spent = 0.0
        with running(program, servers, folder) as process:
            deadline = time.monotonic() + LIMIT_SECONDS
            while last - before < BACKLOG or time.monotonic() - last_at < QUIET_SECONDS:
                now, reached = time.monotonic(), written(consumer)
                assert process.poll() is None, f"a program ended, see {folder}"
                assert now < deadline, f"{last - before} of {BACKLOG} after {LIMIT_SECONDS:.0f} s, see {folder}"
                if not first_at and written(ahead) > written_before:
                    first_at = now
                if reached > last:
                    last_at, last = now, reached
                    spent = cpu_seconds(process.pid)
                time.sleep(0.02)
    return Drained(last_at - first_at, spent)


@pytest.mark.skipif(shutil.which("mvn") is None or shutil.which("java") is None, reason="needs Java and Maven")
@pytest.mark.parametrize("mode", ["rules", "model"])
def test_a_backlog_beside_the_peers(start_kafka: Callable[[], ApacheKafka], tmp_path: Path, mode: str) -> None:
    servers, registry = topics_on(start_kafka()), tmp_path / "registry"
    asked = [sys.executable, "-m", "tests.goldens.serve", "prepare", servers, str(registry), mode]
    subprocess.run(asked, cwd=ROOT, check=True)
    send_records(servers, [(record.key, record.value) for record in records(BACKLOG)])
    programs: dict[str, Program] = {f"LedgerMind, {mode}": ours(registry)}
    if mode == "rules":
        programs |= {
            "bare loop, constants": beside("bare_loop"),
            "Quix Streams, rules": quix("rules"),
            "Quix Streams, constants": quix("constants"),
            "Kafka Streams, JSON parsed and written": kafka_streams("json"),
            "Kafka Streams, constants": kafka_streams("constants"),
        }
    else:
        programs |= {"Kafka Streams, JSON parsed and written": kafka_streams("json")}
    taken: dict[str, list[Drained]] = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, program in programs.items():
            taken[name].append(drain(program, servers, tmp_path))
    first = next(iter(taken))
    rate = {name: BACKLOG / statistics.median(one.seconds for one in found) for name, found in taken.items()}
    print(
        f"\n| one process, {BACKLOG:,} records, median of {ROUNDS} | tx/s | {first} / this | client CPU µs a record |"
    )
    print("| --- | ---: | ---: | ---: |")
    for name, found in taken.items():
        cpu = 1e6 * statistics.median(one.cpu_seconds for one in found) / BACKLOG
        print(f"| {name} | {rate[name]:,.0f} | {rate[first] / rate[name]:.2f} | {cpu:.1f} |")
