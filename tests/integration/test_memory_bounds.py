"""Records of a megabyte leave the worker and the landing within their memory, and each gets its one outcome.

Linux itself tells the most that a process ever held (``VmHWM``): nothing between two looks is missed.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import Producer

from ops.apache_kafka import ApacheKafka
from ops.migrate import migrate
from ops.patience import patience_seconds, wait_for
from ops.topics import create_topics
from schemas.topics import TRANSACTIONS
from streams.settings import KafkaSettings
from tests.chaos.crew import Worker
from tests.integration.test_worker import each_once, records
from tests.integration.wire import Address, outcomes_so_far, send_records
from tests.topic import wait_until_committed

pytestmark = [pytest.mark.integration, pytest.mark.kafka, pytest.mark.timeout(600)]
LIMIT_MEBIBYTES = 400  # what an operator is told that a worker needs at most, and compose's limit is above it
RECORDS = 2_000
BYTES = 950_000
PARTITIONS = TRANSACTIONS.partitions
NO_PAUSE = {"LEDGERMIND_WORKER_DEAD_LETTER_RUN": "0", "LEDGERMIND_WORKER_DEAD_LETTER_RATIO": "0"}
LANDING = ("-m", "streams.landing")  # without the parent that would start it again


def most_mebibytes(program: Worker) -> float:
    """Return the most that the process ever held in memory."""
    assert program.process is not None
    assert program.alive, program.log.read_text()[-2_000:]
    lines = Path(f"/proc/{program.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1_024


def send_large(servers: str, codec: str, count: int, value: bytes) -> list[Address]:
    """Send records of one value, dealt over all partitions; return their addresses."""
    addresses: list[Address] = []
    producer = Producer(
        {
            "bootstrap.servers": servers,
            "compression.type": codec,
            "message.max.bytes": 100_000_000,
            "queue.buffering.max.kbytes": 65_536,
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
                    number % PARTITIONS,
                    on_delivery=lambda _, sent: addresses.append((sent.partition(), sent.offset())),
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
    """A broker whose ``transactions`` hold 2,000 records of a megabyte, compressed in every way, and good ones."""
    with ApacheKafka(tmp_path_factory.mktemp("memory") / "kafka", properties={}) as node:
        create_topics(KafkaSettings(bootstrap_servers=node.bootstrap_servers))
        yield node.bootstrap_servers


def test_a_backlog_of_records_of_a_megabyte_stays_within_the_limit(servers: str, tmp_path: Path) -> None:
    draw = random.Random(16)
    wordy = (b" ".join(draw.randbytes(6).hex().encode() for _ in range(200)) * 400)[:BYTES]
    quarter = RECORDS // 4
    addresses = send_large(servers, "lz4", quarter, wordy)  # 110 : 1
    addresses += send_records(servers, records(500))
    addresses += send_large(servers, "zstd", quarter, b"x" * BYTES)  # 10,000 : 1
    addresses += send_large(servers, "gzip", quarter, b"x" * BYTES)  # 1,000 : 1
    addresses += send_large(servers, "none", quarter, draw.randbytes(BYTES))
    addresses += send_records(servers, records(500))
    addresses += send_large(servers, "lz4", 12, b"y" * 40_000_000)  # far beyond a batch's bytes
    worker = Worker("memory", servers, tmp_path / "log", {**NO_PAUSE, "LEDGERMIND_WORKER_BATCH_RECORDS": "1000"})
    worker.start()
    try:
        worker.wait_until_ready()
        wait_for(lambda: worker.metrics()["lm_stream_transactions_total"] >= len(addresses), "all answered")
        held = most_mebibytes(worker)
        assert worker.starts == 1
        assert worker.stop() == 0
    finally:
        if worker.alive:
            worker.stop()
    print(f"worker: {held:.0f} MiB at most")
    assert held < LIMIT_MEBIBYTES
    assert each_once(outcomes_so_far(servers, addresses))
