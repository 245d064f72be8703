"""What worker and landing hold in memory: after a long backlog, and through a steady stream on the whole path."""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Producer

from ops.local.apache_kafka import ApacheKafka
from ops.local.ports import free_port
from ops.warehouse.migrate import migrate
from schemas.contracts.topics import TRANSACTIONS
from tests.benchmarks.test_end_to_end import reader, topics_on, written
from tests.benchmarks.traffic import records
from tests.support.kafka_io import send_records
from tests.support.small_dataset import renamed
from tests.support.worker_processes import Worker
from trainer.release.registry import Registry

pytestmark = [pytest.mark.benchmark, pytest.mark.kafka, pytest.mark.timeout(6 * 3_600)]
CHUNK = 50_000
BACKLOG = int(os.environ.get("BENCH_BACKLOG", "200000"))
STEADY_MINUTES = float(os.environ.get("BENCH_STEADY_MINUTES", "1"))
STEADY_RATE = int(os.environ.get("BENCH_STEADY_RATE", "200"))
SAMPLE_SECONDS = 10.0
FLAT = 1.10
LIMIT_SECONDS = 1_800.0
LANDING = ("-m", "streams.landing")  # without the parent that would start it again
VERSION = "202601010000-small"


@contextmanager
def whole_path(servers: str, dsn: str, folder: Path) -> Iterator[dict[str, Worker]]:
    """Run a worker that serves half of its users by a model, and the landing behind it."""
    registry = Registry(str(folder / "registry"))
    registry.write(VERSION, renamed(VERSION))
    migrate(dsn)
    worker = Worker("memory", servers, folder / "worker.log", {"LEDGERMIND_REGISTRY": registry.location})
    worker.environment |= {"SUGGEST_USE_MODEL_CANARY": "50", "LEDGERMIND_WORKER_BATCH_RECORDS": "1000"}
    landing = Worker("landing", servers, folder / "landing.log", program=LANDING, port=free_port())
    landing.environment |= {
        "LEDGERMIND_POSTGRES_DSN": dsn,
        "LEDGERMIND_LANDING_SESSION_TIMEOUT_MS": "6000",
        "LEDGERMIND_LANDING_PORT": str(landing.port),
    }
    programs = {"worker": worker, "landing": landing}
    for program in programs.values():
        program.start()
    try:
        yield programs
    finally:
        for program in programs.values():
            program.stop()


def resident_mebibytes(program: Worker) -> float:
    """Return what of the process is in memory, as Linux says."""
    assert program.process is not None
    assert program.alive, program.log.read_text()[-2_000:]
    lines = Path(f"/proc/{program.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1_024


def show(name: str, samples: list[float]) -> None:
    """Print a series in ten parts, each by its median."""
    size = max(1, len(samples) // 10)
    parts = [statistics.median(samples[at : at + size]) for at in range(0, len(samples), size)]
    print(f"{name:8} MiB: {', '.join(f'{part:.0f}' for part in parts)}", file=sys.stderr)


def test_a_backlog_leaves_memory_as_it_was(
    start_kafka: Callable[[], ApacheKafka], database: str, tmp_path: Path
) -> None:
    servers = topics_on(start_kafka())
    chunk = [(record.key, record.value) for record in records(CHUNK)]
    for _ in range(BACKLOG // CHUNK):
        send_records(servers, chunk)
    samples: dict[str, list[float]] = {"worker": [], "landing": []}
    with whole_path(servers, database, tmp_path) as programs, closing(reader(servers)) as consumer:
        deadline = time.monotonic() + LIMIT_SECONDS
        for tenth in range(1, 11):
            while written(consumer) < BACKLOG * tenth / 10:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            for name, program in programs.items():
                samples[name].append(resident_mebibytes(program))
    print(f"\nbacklog of {BACKLOG:,}, resident after each tenth:", file=sys.stderr)
    for name, series in samples.items():
        show(name, series)
    # The first tenth still imports and warms up: from the second on nothing may grow.
    for name, series in samples.items():
        assert statistics.median(series[-3:]) < FLAT * statistics.median(series[1:4]), name


def test_a_steady_stream_leaves_memory_as_it_was(
    start_kafka: Callable[[], ApacheKafka], database: str, tmp_path: Path
) -> None:
    servers = topics_on(start_kafka())
    keyed = [(record.key, record.value) for record in records(CHUNK)]
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 5, "partitioner": "murmur2_random"})
    samples: dict[str, list[float]] = {"worker": [], "landing": []}
    sent, began, sampled_at = 0, time.monotonic(), 0.0
    with whole_path(servers, database, tmp_path) as programs, closing(reader(servers)) as consumer:
        while (elapsed := time.monotonic() - began) < 60 * STEADY_MINUTES:
            for number in range(sent, int(elapsed * STEADY_RATE)):
                key, value = keyed[number % CHUNK]
                producer.produce(TRANSACTIONS.name, value, key)
                sent = number + 1
            producer.poll(0.05)
            if elapsed - sampled_at >= SAMPLE_SECONDS:
                sampled_at = elapsed
                for name, program in programs.items():
                    samples[name].append(resident_mebibytes(program))
                print(f"{elapsed:6.0f} s", *(f"{n} {s[-1]:.1f}" for n, s in samples.items()), file=sys.stderr)
        assert producer.flush(30) == 0
        time.sleep(5.0)
        assert written(consumer) >= sent  # they did the work
    print(f"\n{STEADY_RATE}/s for {STEADY_MINUTES:g} min, {sent:,} sent; resident in each tenth:", file=sys.stderr)
    for name, series in samples.items():
        show(name, series)
    for name, series in samples.items():
        sixth = max(1, len(series) // 6)
        early, late = statistics.median(series[sixth : 2 * sixth]), statistics.median(series[-sixth:])
        print(f"{name}: {early:.1f} MiB in the second sixth, {late:.1f} MiB in the last", file=sys.stderr)
        assert late < FLAT * early
