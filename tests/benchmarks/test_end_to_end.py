"""A backlog from topic to topics on Apache Kafka: our worker, the bare loop below it, and a plain Faust agent."""

import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.local.process import start
from schemas.contracts.topics import SUGGESTIONS
from streams.settings import KafkaSettings
from tests.benchmarks.traffic import records
from tests.conftest import ROOT
from tests.support.kafka_io import Sender, send_records
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.benchmark, pytest.mark.kafka]
BACKLOG = 60_000
ROUNDS = 3
QUIET_SECONDS = 3.0
LIMIT_SECONDS = 120.0
RATES = (100, 1_000)
STEADY_SECONDS = 10

Program = Callable[[str, str, Path], subprocess.Popen[bytes]]


def ours(servers: str, group: str, folder: Path) -> subprocess.Popen[bytes]:
    worker = Worker(group, servers, folder / f"{group}.log", environment={"LEDGERMIND_WORKER_GROUP": group})
    worker.environment |= {"LEDGERMIND_WORKER_BATCH_RECORDS": "1000"}
    worker.start()
    assert worker.process is not None
    return worker.process


def beside(module: str) -> Program:
    def run(servers: str, group: str, folder: Path) -> subprocess.Popen[bytes]:
        return start(
            [sys.executable, "-m", f"tests.benchmarks.{module}", group],
            log=folder / f"{group}.log",
            environment={"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": servers, "PYTHONPATH": str(ROOT)},
        )

    return run


PROGRAMS: dict[str, Program] = {
    "bare loop": beside("bare_loop"),
    "worker": ours,
    "plain Faust agent": beside("plain_faust"),
}


def topics_on(node: ApacheKafka) -> str:
    """Make every topic; return the broker's address."""
    create_topics(KafkaSettings(bootstrap_servers=node.bootstrap_servers))
    return node.bootstrap_servers


@contextmanager
def running(program: Program, servers: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program in a group of its own while the context lasts."""
    process = program(servers, f"bench-{uuid.uuid4().hex[:8]}", folder)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def reader(servers: str) -> Consumer:
    return Consumer({"bootstrap.servers": servers, "group.id": "bench-reader", "isolation.level": "read_committed"})


def written(consumer: Consumer) -> int:
    """Return how far the topic reaches, over all partitions; a commit's mark counts one, too."""
    partitions = range(SUGGESTIONS.partitions)
    return sum(consumer.get_watermark_offsets(TopicPartition(SUGGESTIONS.name, at), timeout=10)[1] for at in partitions)


def drain_seconds(program: Program, servers: str, folder: Path) -> float:
    """Return the seconds from the first answer to the last."""
    with closing(reader(servers)) as consumer:
        before = last = written(consumer)
        first_at = last_at = 0.0
        with running(program, servers, folder):
            deadline = time.monotonic() + LIMIT_SECONDS
            while last - before < BACKLOG or time.monotonic() - last_at < QUIET_SECONDS:
                now, reached = time.monotonic(), written(consumer)
                assert now < deadline, f"{last - before} of {BACKLOG} after {LIMIT_SECONDS:.0f} s"
                if reached > last:
                    first_at, last_at, last = first_at or now, now, reached
                time.sleep(0.02)
    return last_at - first_at


def test_a_backlog_beside_the_bare_loop_and_a_plain_faust_agent(
    start_kafka: Callable[[], ApacheKafka], tmp_path: Path
) -> None:
    servers = topics_on(start_kafka())
    send_records(servers, [(record.key, record.value) for record in records(BACKLOG)])
    taken: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(ROUNDS):
        for name, program in PROGRAMS.items():
            taken[name].append(drain_seconds(program, servers, tmp_path))
    rates = {name: BACKLOG / statistics.median(seconds) for name, seconds in taken.items()}
    print(f"\n{'transactions/s, one process, rules':40} {'median':>8}")
    for name, rate in rates.items():
        print(f"{name:40} {rate:8,.0f}   worker/this {rates['worker'] / rate:5.2f}")
    assert rates["worker"] > rates["plain Faust agent"]


@pytest.mark.parametrize("name", ["worker", "plain Faust agent"])
def test_from_the_record_to_its_suggestion(start_kafka: Callable[[], ApacheKafka], tmp_path: Path, name: str) -> None:
    """Latency as a consumer of committed suggestions sees it, on the records' own timestamps."""
    servers = topics_on(start_kafka())
    keyed = [(record.key, record.value) for record in records(max(RATES) * STEADY_SECONDS)]
    with running(PROGRAMS[name], servers, tmp_path), closing(reader(servers)) as consumer:
        consumer.assign([TopicPartition(SUGGESTIONS.name, at, 0) for at in range(SUGGESTIONS.partitions)])
        sender = Sender(servers)
        # A broker's first transactions take seconds: its classes are loaded and compiled while they run.
        assert steady(sender, consumer, keyed, rate=max(RATES))
        for rate in RATES:
            ages = steady(sender, consumer, keyed[: rate * STEADY_SECONDS], rate=rate)
            p50, p95, p99 = (statistics.quantiles(ages, n=100)[at - 1] * 1e3 for at in (50, 95, 99))
            print(f"\n{name:20} {rate:6}/s   p50 {p50:6.1f}   p95 {p95:6.1f}   p99 {p99:6.1f} ms")
            assert len(ages) == rate * STEADY_SECONDS


def steady(
    sender: Sender, consumer: Consumer, keyed: list[tuple[bytes | None, bytes | None]], *, rate: int
) -> list[float]:
    """Send at a rate while reading; return the seconds from each record's timestamp to when its answer was read."""
    began, sent, ages = time.time(), 0, list[float]()
    while len(ages) < len(keyed) and time.time() - began < LIMIT_SECONDS:
        due = min(len(keyed), int((time.time() - began) * rate) + 1)
        for record in keyed[sent:due]:
            sender.send(record)
        sent = max(sent, due)
        read = consumer.consume(500, 0.002)
        now = time.time()
        ages.extend(now - message.timestamp()[1] / 1e3 for message in read if message.error() is None)
    sender.finish()
    return ages
