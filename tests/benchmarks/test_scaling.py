"""What a second process brings, and what a worker's memory does through a long backlog and a steady stream."""

import os
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ops.apache_kafka import ApacheKafka
from tests.benchmarks.test_end_to_end import QUIET_SECONDS, reader, topics_on, written
from tests.benchmarks.traffic import records
from tests.chaos.crew import Worker
from tests.integration.wire import Sender, send_records

pytestmark = [pytest.mark.benchmark, pytest.mark.kafka, pytest.mark.timeout(6 * 3_600)]
CHUNK = 50_000
BACKLOG = int(os.environ.get("BENCH_BACKLOG", "200000"))
STEADY_SECONDS = int(os.environ.get("BENCH_STEADY_SECONDS", "60"))
RATE = 1_000
ROUNDS = 3
LIMIT_SECONDS = 900.0


@contextmanager
def crew(servers: str, folder: Path, *, processes: int) -> Iterator[list[Worker]]:
    """Run some workers of one group, each with a name and a port of its own."""
    group = f"scale-{uuid.uuid4().hex[:8]}"
    environment = {"LEDGERMIND_WORKER_GROUP": group, "LEDGERMIND_WORKER_BATCH_RECORDS": "1000"}
    workers = [
        Worker(f"{group}-{number}", servers, folder / f"{group}-{number}.log", dict(environment))
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    try:
        yield workers
    finally:
        for worker in workers:
            worker.stop()


def resident_mebibytes(worker: Worker) -> float:
    """Return what of the process is in memory, as Linux says."""
    assert worker.process is not None
    lines = Path(f"/proc/{worker.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1_024


def fill(servers: str, count: int) -> None:
    """Put a backlog onto the topic."""
    chunk = [(record.key, record.value) for record in records(CHUNK)]
    for _ in range(count // CHUNK):
        send_records(servers, chunk)


def rate(servers: str, folder: Path, *, processes: int, backlog: int) -> tuple[float, list[float]]:
    """Return transactions/s from first answer to last, and each worker's memory every tenth of the way, in MiB."""
    memory: list[float] = []
    with closing(reader(servers)) as consumer:
        before = last = written(consumer)
        first_at = last_at = 0.0
        with crew(servers, folder, processes=processes) as workers:
            deadline = time.monotonic() + LIMIT_SECONDS
            while last - before < backlog or time.monotonic() - last_at < QUIET_SECONDS:
                now, reached = time.monotonic(), written(consumer)
                assert now < deadline, f"{last - before} of {backlog} after {LIMIT_SECONDS:.0f} s"
                if reached > last:
                    first_at, last_at, last = first_at or now, now, reached
                if last - before >= backlog * (len(memory) + 1) / 10 and len(memory) < 10:
                    memory.append(max(resident_mebibytes(worker) for worker in workers))
                time.sleep(0.02)
    return backlog / (last_at - first_at), memory


def test_one_process_and_two(start_kafka: Callable[[], ApacheKafka], tmp_path: Path) -> None:
    servers = topics_on(start_kafka())
    fill(servers, 2 * CHUNK)
    rates: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for processes, found in rates.items():
            found.append(rate(servers, tmp_path, processes=processes, backlog=2 * CHUNK)[0])
    one, two = (statistics.median(found) for found in rates.values())
    cores = os.cpu_count()
    print(
        f"\n1 process {one:,.0f}/s, 2 processes {two:,.0f}/s: {two / one:.2f} times; {cores} cores, the broker on them"
    )
    assert two > 0


def test_memory_through_a_backlog_and_a_steady_stream(start_kafka: Callable[[], ApacheKafka], tmp_path: Path) -> None:
    servers = topics_on(start_kafka())
    fill(servers, BACKLOG)
    per_second, memory = rate(servers, tmp_path, processes=1, backlog=BACKLOG)
    tenths = ", ".join(f"{one:.0f}" for one in memory)
    print(f"\nbacklog of {BACKLOG:,} at {per_second:,.0f}/s, MiB after each tenth: {tenths}")
    assert max(memory) < 2 * min(memory)

    chunk = [(record.key, record.value) for record in records(RATE)]
    samples = []
    with crew(servers, tmp_path, processes=1) as (worker,):  # it reads the backlog first
        sender = Sender(servers)
        for _ in range(STEADY_SECONDS):
            began = time.monotonic()
            for record in chunk:
                sender.send(record)
            samples.append(resident_mebibytes(worker))
            time.sleep(max(0.0, 1.0 - (time.monotonic() - began)))
        sender.finish()
    third = len(samples) // 3
    middle, end = statistics.median(samples[third : 2 * third]), statistics.median(samples[2 * third :])
    print(f"steady {RATE}/s for {STEADY_SECONDS} s: {middle:.0f} MiB in the second third, {end:.0f} MiB in the last")
    assert end < 1.5 * middle
