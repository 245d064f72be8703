"""What a browser looks at: a worker that serves a model beside rules of its own, after transactions have flowed."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ops.kafka.topics import create_topics
from ops.local.broker import open_broker
from ops.local.postgres import Postgres
from ops.warehouse.migrate import migrate
from streams.settings import KafkaSettings
from tests.promises.conftest import SESSION
from tests.promises.stack import Stack


@pytest.fixture(scope="module")
def migrated(postgres: Postgres) -> Iterator[str]:
    """Return the DSN of a database with every raw table, empty."""
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("create database documented")
        dsn = make_conninfo(postgres.dsn, dbname="documented")
        migrate(dsn)
        yield dsn
        connection.execute("drop database documented with (force)")


@pytest.fixture(scope="module")
def stack(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return an embedded broker with every topic and a Postgres with every raw table."""
    folder = tmp_path_factory.mktemp("pages")
    with open_broker("embedded", directory=folder) as broker:
        create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
        yield Stack(broker.bootstrap_servers, migrated, folder, dict(SESSION))
