"""What any test may ask for: brokers, topics, a Postgres, a database, and the real command line."""

import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from hypothesis import settings
from psycopg.conninfo import make_conninfo

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.local.broker import Broker, open_broker
from ops.local.kafka_jars import version
from ops.local.postgres import Postgres, open_postgres
from ops.patience import patience_seconds, scale
from streams.settings import KafkaSettings

ROOT = Path(__file__).parents[1]
OURS = ("LEDGERMIND_", "SUGGEST_", "ML_")
COMMAND_PATIENCE = 10  # a training is work, not a wait

# How long an example takes is the machine's doing: where it is shared, any example may be late.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

Run = Callable[..., subprocess.CompletedProcess[str]]


LONG_FOLDERS = ("chaos", "integration", "promises", "warehouse", "e2e")  # longest files first


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let long files begin first, so that short ones fill the end; give tests the time that their waits are given.

    The limit of each is for hangs, and patience scales it, too.
    """
    long_files = {item.path for item in items if item.get_closest_marker("timeout")}
    items.sort(key=lambda item: (item.path not in long_files, _folder_rank(item.path)))  # files stay together
    for item in items:
        marked = item.get_closest_marker("timeout")
        seconds = marked.args[0] if marked else config.getoption("timeout") or config.getini("timeout")
        item.add_marker(pytest.mark.timeout(float(seconds) * scale()), append=False)


def _folder_rank(path: Path) -> int:
    folder = path.relative_to(ROOT / "tests").parts[0]
    return LONG_FOLDERS.index(folder) if folder in LONG_FOLDERS else len(LONG_FOLDERS)


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let children hear SIGINT where the suite itself was started in the background, deaf to it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def cache() -> Iterator[Path]:
    """Keep the project's cache wherever a test works, so that Kafka's jars are fetched once."""
    with pytest.MonkeyPatch.context() as patch:
        folder = Path(os.environ.get("LEDGERMIND_CACHE") or ROOT / ".ledgermind" / "cache")
        patch.setenv("LEDGERMIND_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def brief_brokers(request: pytest.FixtureRequest) -> Iterator[None]:
    """Spare brokers Java's second compiler, which a minute of tests does not pay back; hours and benchmarks do."""
    is_long = any(item.get_closest_marker(name) for item in request.session.items for name in ("benchmark", "soak"))
    with pytest.MonkeyPatch.context() as patch:
        if not is_long:
            patch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
        yield


@pytest.fixture(scope="session")
def java(cache: Path) -> None:
    """Skip where Apache Kafka cannot be started: without Java, or without Maven while the jars are not cached."""
    programs = ["java"] if (cache / f"kafka-{version()}").exists() else ["java", "mvn"]
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        pytest.skip(f"a real Apache Kafka needs Java and Maven: {' and '.join(missing)} not on the PATH")


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Return the embedded broker that the whole session shares, every topic made: work on a ``new_topic``."""
    with open_broker("embedded", directory=tmp_path_factory.mktemp("embedded")) as broker:
        create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
        yield broker


@pytest.fixture(scope="session")
def kafka(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """Return the Apache Kafka that the whole session shares, every topic made; do not kill it: ``start_kafka``."""
    with ApacheKafka(tmp_path_factory.mktemp("kafka") / "kafka", properties={}) as node:
        create_topics(KafkaSettings(bootstrap_servers=node.bootstrap_servers))
        yield node


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Return the embedded Postgres that the whole session shares: work in a ``database`` of your own."""
    with open_postgres("embedded", directory=tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
def start_broker(tmp_path: Path) -> Iterator[Callable[[], Broker]]:
    """Return a function that starts an embedded broker for one test alone: empty, without a topic."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(open_broker("embedded", directory=tmp_path / uuid.uuid4().hex))


@pytest.fixture
def start_kafka(java: None, tmp_path: Path) -> Iterator[Callable[..., ApacheKafka]]:
    """Return a function that starts an Apache Kafka for one test alone, to be killed and started at will.

    Keyword arguments are properties of the broker, dots written as underscores.
    """
    with ExitStack() as stack:

        def start(**properties: str) -> ApacheKafka:
            dotted = {name.replace("_", "."): value for name, value in properties.items()}
            return stack.enter_context(ApacheKafka(tmp_path / uuid.uuid4().hex, properties=dotted))

        yield start


@pytest.fixture
def new_topic() -> Callable[..., str]:
    """Return a function that makes a topic with a name of its own on a broker and returns the name."""

    def make(broker: Broker, *, partitions: int = 1) -> str:
        name = f"test-{uuid.uuid4().hex}"
        admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})
        for made in admin.create_topics([NewTopic(name, partitions, 1)]).values():
            made.result(patience_seconds())
        return name

    return make


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """Return the DSN of an empty database for one test alone."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"create database {name}")
        yield make_conninfo(postgres.dsn, dbname=name)
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def ledgermind(tmp_path: Path, cache: Path) -> Run:
    """Return a function that runs the real command, with no variables of ours but those given by keyword."""
    program = Path(sys.executable).parent / "ledgermind"

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return subprocess.run(
            [str(program), *arguments],
            env=clean | {"LEDGERMIND_CACHE": str(cache)} | variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=COMMAND_PATIENCE * patience_seconds(),
            check=False,
        )

    return run
