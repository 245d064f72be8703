"""Promises: what README, docs and ``--help`` say to a user, each as one test through public doors only.

To add one, write the sentence as it stands in a page of the docs or in a ``--help``, name the page, and test it through
topics, commands, HTTP and SQL of marts. No module of ours is imported by a test but ``tests.promises`` and
``ops.patience``; ``tests/contracts/test_promises.py`` holds that. Then run ``make promises-page``::

    @pytest.mark.promise("One suggestion per transaction record.", "schemas/contracts/asyncapi.yaml")
    def test_each_record_has_one_suggestion(stack: Stack) -> None:
        with stack.worker():
            sent = stack.score([payment(number) for number in range(50)])
        assert sorted(one.input_address for one in stack.read("suggestions")) == sorted(sent)

``stack`` belongs to one module: its tests share topics, database and registry, so give transactions and users names of
your own (``payment`` makes one), and start programs in a fixture of the module. ``kafka_stack`` is the same on a real
Apache Kafka, for what holds there only. ``run`` runs commands that need neither.
"""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.local.broker import open_broker
from ops.local.ports import free_port
from ops.local.postgres import Postgres
from streams.settings import KafkaSettings
from tests.chaos.guarded import guarded_kafka
from tests.chaos.proxy import Proxy
from tests.promises.program import Finished, run_command
from tests.promises.rights import Guarded
from tests.promises.stack import Stack
from tests.support.schema_registry import schema_registry as open_schema_registry

HERE = Path(__file__).parent
# A member that went away without a word is missed after this long; programs of tests come and go.
SESSION = {"LEDGERMIND_WORKER_SESSION_TIMEOUT_MS": "6000", "LEDGERMIND_LANDING_SESSION_TIMEOUT_MS": "6000"}

RunCommand = Callable[..., Finished]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test here by what it needs, so that ``make check`` leaves it out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.integration)
            if {"kafka_stack", "guarded_stack"} & set(getattr(item, "fixturenames", ())):
                item.add_marker(pytest.mark.kafka)


@pytest.fixture(scope="module")
def empty_database(postgres: Postgres) -> Iterator[str]:
    """Return the DSN of a database for one module, without a table."""
    name = f"promises_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
        yield make_conninfo(postgres.dsn, dbname=name)
        connection.execute(f"drop database {name} with (force)".encode())


@pytest.fixture(scope="session")
def tables(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the name of a database that the command has migrated; every module's own is a copy of it."""
    name = "promises_tables"
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    migrated = make_conninfo(postgres.dsn, dbname=name)
    Stack("", migrated, tmp_path_factory.mktemp("tables")).succeed("warehouse", "migrate")
    return name


@pytest.fixture(scope="module")
def database_with_tables(postgres: Postgres, tables: str) -> Iterator[str]:
    """Return the DSN of a database for one module, with every raw table."""
    name = f"promises_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"create database {name} template {tables}".encode())
        yield make_conninfo(postgres.dsn, dbname=name)
        connection.execute(f"drop database {name} with (force)".encode())


@pytest.fixture(scope="module")
def stack(database_with_tables: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return an embedded broker with every topic and a Postgres with every raw table."""
    folder = tmp_path_factory.mktemp("stack")
    with open_broker("embedded", directory=folder) as broker:
        create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
        yield Stack(broker.bootstrap_servers, database_with_tables, folder, dict(SESSION))


@pytest.fixture(scope="module")
def kafka_stack(java: None, database_with_tables: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return the same with an Apache Kafka of the module's own."""
    folder = tmp_path_factory.mktemp("kafka-stack")
    with ApacheKafka(folder / "kafka", properties={}) as node:
        create_topics(KafkaSettings(bootstrap_servers=node.bootstrap_servers))
        yield Stack(node.bootstrap_servers, database_with_tables, folder, dict(SESSION))


@pytest.fixture(scope="session")
def schema_registry(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of Confluent's API of a real schema registry, which all tests share."""
    with open_schema_registry(tmp_path_factory.mktemp("schema-registry"), port=free_port()) as url:
        yield url


@pytest.fixture
def registry_behind_proxy(schema_registry: str) -> Iterator[tuple[str, Proxy]]:
    """Return the address of the same registry through a proxy, which can cut it off and mend that."""
    port = urlsplit(schema_registry).port
    assert port is not None
    proxy = Proxy(port)
    proxy.start()
    yield schema_registry.replace(str(port), str(proxy.port)), proxy
    proxy.stop()


@pytest.fixture
def guarded_stack(java: None, tmp_path: Path) -> Iterator[tuple[Stack, Guarded]]:
    """Return an Apache Kafka that asks who one is, without a database, and who gives and takes rights on it."""
    with guarded_kafka(tmp_path / "kafka") as guarded:
        yield Stack(guarded.node.bootstrap_servers, "", tmp_path, dict(SESSION)), guarded


@pytest.fixture
def run(tmp_path: Path) -> RunCommand:
    """Return a function that runs a command in an empty folder, with the variables given by keyword and no others."""
    return lambda *arguments, **variables: run_command(*arguments, directory=tmp_path, variables=variables)
