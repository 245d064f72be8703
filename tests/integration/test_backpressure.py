"""A worker whose commits are slow stops fetching, and is ready all the same: nothing waits for an operator."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from ops.kafka.topics import create_topics
from ops.local.broker import Broker
from schemas.contracts.topics import TRANSACTIONS
from streams.settings import KafkaSettings
from tests.support.worker_processes import Worker

pytestmark = pytest.mark.integration
SLOW = {
    "LEDGERMIND_WORKER_GROUP": "back-pressure",
    "LEDGERMIND_WORKER_FAILPOINTS": "after_produce:hang:1",
    "LEDGERMIND_WORKER_STUCK_SECONDS": "600",
    "LEDGERMIND_WORKER_MAX_POLL_INTERVAL_MS": "6000",  # a third of it without a poll, and the source pauses
}


@pytest.fixture
def broker(start_broker: Callable[[], Broker]) -> Broker:
    """Return a broker of its own: the transaction that the worker leaves open would stop readers of a shared one."""
    broker = start_broker()
    create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
    return broker


@pytest.fixture
def worker(broker: Broker, tmp_path: Path) -> Iterator[Worker]:
    worker = Worker("slow", broker.bootstrap_servers, tmp_path / "worker.log", SLOW)
    worker.start()
    yield worker
    assert worker.process is not None
    worker.process.kill()
    worker.process.wait()


def test_back_pressure_alone_leaves_a_worker_ready(broker: Broker, worker: Worker) -> None:
    worker.wait_until_ready()
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})
    producer.produce(TRANSACTIONS.name, b"{", b"nobody")
    assert producer.flush(10) == 0
    worker.wait_until_logged("source_paused")
    worker.wait_until_ready()
    assert worker.metrics()["lm_stream_paused_partitions"] == 0
