"""A topic that is deleted and made again under the landing: all of both topics lands, each record once."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.local.ports import free_port
from ops.local.process import start, stop
from ops.patience import patience_seconds, wait_for
from ops.warehouse.migrate import migrate
from streams.settings import KafkaSettings
from tests.integration.anew import fill, make_anew

pytestmark = [pytest.mark.integration, pytest.mark.kafka]
OF_EACH_TOPIC = "select source_topic_id, count(*)::integer from raw.transactions group by 1"


@pytest.fixture(scope="module")
def node(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of an Apache Kafka whose topics may be deleted."""
    with ApacheKafka(tmp_path_factory.mktemp("kafka") / "kafka", properties={}) as running:
        create_topics(KafkaSettings(bootstrap_servers=running.bootstrap_servers))
        yield running.bootstrap_servers


Landing = Callable[[], "subprocess.Popen[bytes]"]


@contextmanager
def landing(node: str, dsn: str, log: Path, *, port: int | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the landing until the context ends."""
    running = start(
        [sys.executable, "-m", "streams.landing"],
        log=log,
        environment={
            "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": node,
            "LEDGERMIND_POSTGRES_DSN": dsn,
            "LEDGERMIND_LANDING_PORT": str(port or free_port()),
            "LEDGERMIND_LANDING_SESSION_TIMEOUT_MS": "6000",
        },
    )
    try:
        yield running
    finally:
        stop(running, timeout_seconds=patience_seconds())


def wait_for_rows(dsn: str, wanted: dict[str, int], running: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until so many transactions of each topic have landed, and hold that they are no more."""

    def rows() -> dict[str, int]:
        assert running.poll() is None, log.read_text()[-2_000:]
        with psycopg.connect(dsn) as connection:
            return dict(connection.execute(OF_EACH_TOPIC).fetchall())

    wait_for(lambda: all(rows().get(at, 0) >= count for at, count in wanted.items()), lambda: f"{wanted} of {rows()}")
    assert rows() == wanted


@pytest.mark.slow
@pytest.mark.parametrize("count", [600, 12_000], ids=["shorter", "longer"])
def test_a_topic_that_is_made_anew_lands_from_its_beginning(
    node: str, database: str, tmp_path: Path, count: int
) -> None:
    migrate(database)
    old, log = make_anew(node), tmp_path / "log"
    with landing(node, database, log) as running:
        wait_for_rows(database, {old: fill(node, 3_000)}, running, log)
        new = make_anew(node)
        wait_for_rows(database, {old: 3_000, new: fill(node, count)}, running, log)
        with psycopg.connect(database) as connection:
            positions = connection.execute(
                "select topic_id, sum(next)::integer from raw.landing_positions where topic = 'transactions' group by 1"
            ).fetchall()
    assert dict(positions) == {old: 3_000, new: count}


@pytest.mark.slow
def test_what_landed_before_ids_were_kept_lands_no_second_time(node: str, database: str, tmp_path: Path) -> None:
    migrate(database)
    topic_id, log = make_anew(node), tmp_path / "log"
    with landing(node, database, log) as running:
        wait_for_rows(database, {topic_id: fill(node, 600)}, running, log)
    with psycopg.connect(database) as connection:  # the tables as they were
        connection.execute("alter table raw.transactions drop constraint transactions_pkey cascade")
        connection.execute("alter table raw.transactions drop column source_topic_id")
        connection.execute(
            "alter table raw.transactions add primary key (source_topic, source_partition, source_offset)"
        )
        connection.execute("alter table raw.landing_positions drop constraint landing_positions_pkey")
        connection.execute("alter table raw.landing_positions drop column topic_id")
        connection.execute("alter table raw.landing_positions add primary key (topic, partition)")
        connection.execute("delete from raw.migrations")
    migrate(database)
    with landing(node, database, log) as running:
        wait_for_rows(database, {"": 600, topic_id: fill(node, 1_200)}, running, log)
        new = make_anew(node)
        wait_for_rows(database, {"": 600, topic_id: 1_200, new: fill(node, 6_000)}, running, log)
