"""What a second process brings."""

import os
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ops.local.apache_kafka import ApacheKafka
from tests.benchmarks.test_end_to_end import QUIET_SECONDS, reader, topics_on, written
from tests.benchmarks.traffic import records
from tests.support.kafka_io import send_records
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.benchmark, pytest.mark.kafka, pytest.mark.timeout(6 * 3_600)]
CHUNK = 50_000
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


def fill(servers: str, count: int) -> None:
    """Put a backlog onto the topic."""
    chunk = [(record.key, record.value) for record in records(CHUNK)]
    for _ in range(count // CHUNK):
        send_records(servers, chunk)


def rate(servers: str, folder: Path, *, processes: int, backlog: int) -> float:
    """Return transactions/s from first answer to last."""
    with closing(reader(servers)) as consumer:
        before = last = written(consumer)
        first_at = last_at = 0.0
        with crew(servers, folder, processes=processes):
            deadline = time.monotonic() + LIMIT_SECONDS
            while last - before < backlog or time.monotonic() - last_at < QUIET_SECONDS:
                now, reached = time.monotonic(), written(consumer)
                assert now < deadline, f"{last - before} of {backlog} after {LIMIT_SECONDS:.0f} s"
                if reached > last:
                    first_at, last_at, last = first_at or now, now, reached
                time.sleep(0.02)
    return backlog / (last_at - first_at)


def test_one_process_and_two(start_kafka: Callable[[], ApacheKafka], tmp_path: Path) -> None:
    servers = topics_on(start_kafka())
    fill(servers, 2 * CHUNK)
    rates: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for processes, found in rates.items():
            found.append(rate(servers, tmp_path, processes=processes, backlog=2 * CHUNK))
    one, two = (statistics.median(found) for found in rates.values())
    cores = os.cpu_count()
    print(
        f"\n1 process {one:,.0f}/s, 2 processes {two:,.0f}/s: {two / one:.2f} times; {cores} cores, the broker on them"
    )
    assert two > 0
