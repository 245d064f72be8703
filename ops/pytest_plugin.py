"""Pytest plugin: Kafka with every topic, Postgres with every table, and a worker, for the tests of other projects.

Say ``pytest_plugins = ["ops.pytest_plugin"]`` in a conftest and install ``ledgermind[containers]``. ``KAFKA_IMAGE``
and ``POSTGRES_IMAGE`` name other images, ``LEDGERMIND_TEST_PATIENCE`` scales every wait; where no Docker engine
answers, tests that ask for a container are skipped.
"""

import os
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from ops.errors import OpsError
from ops.kafka.topics import create_topics
from ops.local.ports import LOOPBACK, free_port
from ops.local.process import start, stop
from ops.patience import patience_seconds, wait_for
from ops.warehouse.migrate import migrate
from streams.errors import StreamError
from streams.settings import KafkaSettings

KAFKA_IMAGE: Final = "apache/kafka:4.2.2"
POSTGRES_IMAGE: Final = "postgres:17.6-bookworm"
PASSWORD: Final = "ledgermind"  # noqa: S105 - of a database that lives as long as the tests


@pytest.fixture(scope="session")
def docker_engine() -> None:
    """Skip where no Docker engine answers."""
    try:
        DockerClient().client.ping()
    except Exception as error:  # whatever the client raises: there is no engine to be had
        pytest.skip(f"no Docker engine answers: {type(error).__name__}")


@pytest.fixture(scope="session")
def ledgermind_kafka(docker_engine: None) -> Iterator[KafkaSettings]:
    """Return the settings of an Apache Kafka in a container, every topic made."""
    port = free_port()
    settings = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        # The broker must reach itself, too: it tells itself the end of each transaction.
        "KAFKA_LISTENERS": "OUTSIDE://:9092,CONTROLLER://:9093,INSIDE://:9094",
        "KAFKA_ADVERTISED_LISTENERS": f"OUTSIDE://{LOOPBACK}:{port},INSIDE://localhost:9094",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "OUTSIDE:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
        "KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS": "4",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }
    container = DockerContainer(os.environ.get("KAFKA_IMAGE", KAFKA_IMAGE)).with_bind_ports(9092, port)
    for name, value in settings.items():
        container.with_env(name, value)
    kafka = KafkaSettings(bootstrap_servers=f"{LOOPBACK}:{port}")
    with container:
        _wait_until_done(lambda: create_topics(kafka), "topics", (OpsError, StreamError))
        yield kafka


@pytest.fixture(scope="session")
def ledgermind_postgres(docker_engine: None) -> Iterator[str]:
    """Return the DSN of a Postgres in a container, every raw table made."""
    port = free_port()
    container = DockerContainer(os.environ.get("POSTGRES_IMAGE", POSTGRES_IMAGE)).with_bind_ports(5432, port)
    for name, value in {"USER": "ledgermind", "PASSWORD": PASSWORD, "DB": "ledgermind"}.items():
        container.with_env(f"POSTGRES_{name}", value)
    dsn = f"postgresql://ledgermind:{PASSWORD}@{LOOPBACK}:{port}/ledgermind"
    with container:
        _wait_until_done(lambda: migrate(dsn), "tables", (OpsError, psycopg.Error))
        yield dsn


@pytest.fixture
def ledgermind_worker(ledgermind_kafka: KafkaSettings, tmp_path: Path) -> Iterator[str]:
    """Return the address of a running worker's /metrics, /live and /ready; it scores by rules until told otherwise."""
    port = free_port()
    worker = start(
        [str(Path(sys.executable).parent / "ledgermind"), "worker"],  # its parent starts it again while Kafka warms up
        log=tmp_path / "worker.log",
        environment={
            "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": ledgermind_kafka.bootstrap_servers,
            "LEDGERMIND_REGISTRY": str(tmp_path / "registry"),
            "LEDGERMIND_WORKER_NAME": f"test-{port}",
            "LEDGERMIND_WORKER_PORT": str(port),
        },
    )
    address = f"http://{LOOPBACK}:{port}"
    try:
        _wait_until_done(lambda: _get(f"{address}/ready"), "ready worker", (OSError,))
        yield address
    finally:
        stop(worker)


def _get(address: str) -> None:
    urllib.request.urlopen(address, timeout=patience_seconds()).close()  # noqa: S310 - ours


def _wait_until_done(act: Callable[[], object], what: str, refusals: tuple[type[Exception], ...]) -> None:
    """Try until it succeeds; what a container says while it starts is no error yet."""
    wait_for(lambda: (act(), True)[1], what, refusals=refusals, every_seconds=0.5)
