"""Records of a megabyte leave the worker and the landing within their memory, and each gets its one outcome.

Linux itself says the most that a process ever held (``VmHWM``): nothing between two looks is missed. Where a control
group can be made, each runs in one, and the kernel would kill it beyond the limit.
"""

import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import Producer

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.local.ports import free_port
from ops.patience import patience_seconds, wait_for
from ops.warehouse.migrate import migrate
from schemas.contracts.topics import COMPARISONS, DEAD_LETTERS, SUGGESTIONS, TRANSACTIONS
from streams.settings import KafkaSettings
from tests.integration.test_lost_positions import delete_group, stands_still
from tests.integration.test_worker import records
from tests.support.kafka_io import Address, input_address, send_records
from tests.support.memory_limit import MemoryLimit, memory_limit
from tests.support.topic import address, read_committed
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.integration, pytest.mark.kafka, pytest.mark.timeout(900)]
LIMIT_MEBIBYTES = 400
BYTES = 950_000
RECORDS = int(os.environ.get("MEMORY_RECORDS", "2000"))
# Of a megabyte each, in every compression, beside a few that are far larger than a batch may be.
LARGE = {"lz4": RECORDS * 9 // 20, "zstd": RECORDS * 6 // 20, "gzip": RECORDS * 4 // 20, "none": RECORDS // 20}
HUGE, HUGE_BYTES = 6, 40_000_000
NO_PAUSE = {"LEDGERMIND_WORKER_DEAD_LETTER_RUN": "0", "LEDGERMIND_WORKER_DEAD_LETTER_RATIO": "0"}
LANDING = ("-m", "streams.landing")  # without the parent that would start it again


def most_mebibytes(program: Worker) -> float:
    """Return the most that the process ever held in memory."""
    assert program.process is not None
    assert program.alive, program.log.read_text()[-2_000:]
    lines = Path(f"/proc/{program.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1_024


def send_large(servers: str, codec: str, count: int, value: bytes) -> list[Address]:
    """Send a value again and again, dealt over all partitions; return the addresses of its records."""
    addresses: list[Address] = []
    producer = Producer(
        {
            "bootstrap.servers": servers,
            "compression.type": codec,
            "message.max.bytes": 2 * HUGE_BYTES,
            "queue.buffering.max.kbytes": 4 * HUGE_BYTES // 1_024,
            "log_level": 0,
        }
    )
    for number in range(count):
        while True:
            try:
                producer.produce(
                    TRANSACTIONS.name,
                    value,
                    b"u-1",
                    number % TRANSACTIONS.partitions,
                    on_delivery=lambda _, sent: addresses.append(address(sent)),
                )
            except BufferError:
                producer.poll(0.1)
            else:
                break
    assert producer.flush(patience_seconds()) == 0
    assert len(addresses) == count
    return addresses


@pytest.fixture(scope="module")
def servers(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with ApacheKafka(tmp_path_factory.mktemp("memory") / "kafka", properties={}) as node:
        create_topics(KafkaSettings(bootstrap_servers=node.bootstrap_servers))
        yield node.bootstrap_servers


@pytest.fixture(scope="module")
def sent(servers: str) -> list[Address]:
    """The backlog: good records between those of a megabyte; these hold words, or one letter, or no repetition."""
    draw = random.Random(16)
    words = (b" ".join(draw.randbytes(6).hex().encode() for _ in range(200)) * 400)[:BYTES]
    values = {"lz4": words, "zstd": b"x" * BYTES, "gzip": b"x" * BYTES, "none": draw.randbytes(BYTES)}
    addresses = send_records(servers, records(500))
    for codec, count in LARGE.items():
        addresses += send_large(servers, codec, count, values[codec])
        addresses += send_records(servers, records(100))
    return addresses + send_large(servers, "lz4", HUGE, b"y" * HUGE_BYTES)


@pytest.fixture
def limit() -> Iterator[MemoryLimit | None]:
    with memory_limit(LIMIT_MEBIBYTES) as made:
        yield made


def within(limit: MemoryLimit | None, *words: str) -> tuple[str, ...]:
    return words if limit is None else limit.program(*words)


@pytest.mark.slow
def test_a_worker_answers_a_backlog_of_records_of_a_megabyte_within_its_memory(
    servers: str, sent: list[Address], tmp_path: Path, limit: MemoryLimit | None
) -> None:
    program = within(limit, "-m", "streams.worker")
    settings = {**NO_PAUSE, "LEDGERMIND_WORKER_BATCH_RECORDS": "1000"}
    worker = Worker("memory", servers, tmp_path / "log", settings, program)
    worker.start()
    try:
        worker.wait_until_ready()
        wait_for(lambda: worker.metrics()["lm_stream_transactions_total"] >= len(sent), "answers to all")
        held = most_mebibytes(worker)
        assert limit is None or limit.kills == 0
        assert worker.stop() == 0
    finally:
        if worker.alive:
            worker.stop()
    sys.stderr.write(f"worker: {held:.0f} MiB at most\n")
    assert held < LIMIT_MEBIBYTES
    found = {
        spec: Counter(read_committed(servers, spec.name, keep=input_address))
        for spec in (SUGGESTIONS, COMPARISONS, DEAD_LETTERS)
    }
    assert found[SUGGESTIONS] == found[COMPARISONS]
    assert found[SUGGESTIONS] + found[DEAD_LETTERS] == Counter(sent)

    delete_group(servers)
    worker.start()  # it reads all of these dead letters to find out how far they answer
    try:
        stands_still(worker, TRANSACTIONS.partitions)
        held = most_mebibytes(worker)
        assert limit is None or limit.kills == 0
    finally:
        worker.stop()
    sys.stderr.write(f"worker without positions: {held:.0f} MiB at most\n")
    assert held < LIMIT_MEBIBYTES


@pytest.mark.slow
def test_the_landing_takes_records_of_a_megabyte_within_its_memory(
    servers: str, sent: list[Address], database: str, tmp_path: Path, limit: MemoryLimit | None
) -> None:
    migrate(database)
    program = within(limit, *LANDING)
    landing = Worker("landing", servers, tmp_path / "log", program=program, port=free_port())
    landing.environment |= {
        "LEDGERMIND_POSTGRES_DSN": database,
        "LEDGERMIND_LANDING_SESSION_TIMEOUT_MS": "6000",
        "LEDGERMIND_LANDING_PORT": str(landing.port),
    }
    landing.start()
    try:
        with psycopg.connect(database, autocommit=True) as connection:

            def landed() -> int:
                row = connection.execute(
                    "select (select count(*) from raw.transactions)"
                    " + (select count(*) from raw.rejects where source_topic = 'transactions')"
                ).fetchone()
                return int(row[0]) if row else 0

            wait_for(lambda: landed() >= len(sent), lambda: f"{len(sent)} landed, there are {landed()}")
            assert landed() == len(sent)
        held = most_mebibytes(landing)
        assert limit is None or limit.kills == 0
    finally:
        landing.stop()
    sys.stderr.write(f"landing: {held:.0f} MiB at most\n")
    assert held < LIMIT_MEBIBYTES
