"""Landing as a process: killed or cut off while it loads, it ends with every record once."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.local.broker import open_broker
from ops.local.ports import free_port
from ops.local.postgres import embedded_binaries, initialise, serve
from ops.patience import patience_seconds, wait_for, wait_until_none_left
from ops.warehouse.migrate import migrate
from schemas.contracts.topics import TOPICS
from schemas.events.transaction import Transaction
from streams.settings import KafkaSettings
from tests.conftest import Run

pytestmark = pytest.mark.integration
RECORDS = int(os.environ.get("LANDING_RECORDS", "60000"))
GROUP = "ledgermind-landing"
LAND = """
import sys
from streams.landing.__main__ import run_landing
from streams.landing.settings import LandingSettings
from streams.settings import KafkaSettings
settings = LandingSettings(
    postgres_dsn=sys.argv[2], session_timeout_ms=6_000, batch_records=500, batch_wait_ms=50, port=int(sys.argv[3])
)
run_landing(KafkaSettings(bootstrap_servers=sys.argv[1]), settings)
"""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a broker that holds RECORDS transactions, one in a thousand of them broken."""
    with open_broker("embedded", directory=tmp_path_factory.mktemp("broker")) as running:
        create_topics(KafkaSettings(bootstrap_servers=running.bootstrap_servers))
        producer = Producer({"bootstrap.servers": running.bootstrap_servers, "linger.ms": 20})
        for number in range(RECORDS):
            user = f"u{number % 500}"
            producer.produce("transactions", b"{" if number % 1_000 == 0 else transaction(number, user), user)
            producer.poll(0)
        assert producer.flush(patience_seconds()) == 0
        yield running.bootstrap_servers


def transaction(number: int, user: str) -> bytes:
    return msgspec.json.encode(
        Transaction(
            schema_version="1.0",
            txn_id=f"t{number}",
            user_id=user,
            account_id=user,
            occurred_at=datetime(2026, 3, 1, tzinfo=UTC),
            amount="-1.00",
            currency="GBP",
            description=f"SHOP {number}",
        )
    )


class Server:
    """A Postgres that can be restarted in place."""

    def __init__(self, folder: Path) -> None:
        self._cluster, self._log, self._port = folder / "data", folder / "postgres.log", free_port()
        initialise(self._cluster, embedded_binaries())
        self.start()
        migrate(self.dsn)

    def start(self) -> None:
        self._process, self.dsn = serve(self._cluster, embedded_binaries(), port=self._port, log=self._log)

    def stop(self) -> None:
        """End it and its sessions at once, as a restart by an operator does."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(patience_seconds())

    def counts(self) -> tuple[int, int]:
        """Return the rows and rejects that have landed."""
        with psycopg.connect(self.dsn) as connection:
            row = connection.execute(
                "select (select count(*) from raw.transactions), (select count(*) from raw.rejects)"
            ).fetchone()
        assert row is not None
        return row[0], row[1]

    def landed(self, at_least: int, *, process: subprocess.Popen[bytes]) -> int:
        """Wait until so many records have landed and return how many."""

        def left() -> int:
            assert process.poll() is None, "the landing ended by itself"
            return max(0, at_least - sum(self.counts()))

        wait_until_none_left(left, "records to land", every_seconds=0.05)
        return sum(self.counts())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.stop()


def start(broker: str, server: Server, *, port: int | None = None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", LAND, broker, server.dsn, str(port or free_port())]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def scrape(port: int) -> dict[str, float]:
    """Return every sample of the landing's /metrics by its name with labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=patience_seconds()) as answer:
        lines = answer.read().decode().splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_a_landing_that_is_killed_loses_and_doubles_nothing(broker: str, server: Server) -> None:
    done, killed_at = 0, []
    for _ in range(3):
        process = start(broker, server)
        done = server.landed(done + RECORDS // 5, process=process)
        assert done < RECORDS, "it was killed too late to show anything"
        process.kill()
        process.wait()
        killed_at.append(done)
    process = start(broker, server)
    server.landed(RECORDS, process=process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(patience_seconds()) == 0
    assert server.counts() == (RECORDS - RECORDS // 1_000, RECORDS // 1_000)
    with psycopg.connect(server.dsn) as connection:
        names = connection.execute("select count(distinct txn_id) from raw.transactions").fetchone()
        positions = connection.execute("select count(*), sum(next) from raw.landing_positions").fetchone()
    assert names == (RECORDS - RECORDS // 1_000,)
    assert positions == (sum(topic.partitions for topic in TOPICS), RECORDS)
    said = f"{RECORDS:,} events, killed at {', '.join(f'{done:,}' for done in killed_at)}"
    sys.stdout.write(f"\n{said}: landed {server.counts()[0]:,}, rejected {server.counts()[1]:,}, doubled 0\n")


SLOW = """
create function raw.slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.5); return null; end';
create trigger slow before insert on raw.transactions for each statement execute function raw.slow()
"""


@pytest.mark.slow
def test_a_slow_postgres_slows_the_landing_down_and_nothing_else(broker: str, server: Server) -> None:
    with psycopg.connect(server.dsn) as connection:
        connection.execute(SLOW)
    port = free_port()
    process = start(broker, server, port=port)
    began, begun_at = server.landed(1, process=process), time.monotonic()
    slowly = server.landed(began + 10 * 500, process=process) - began
    assert slowly / 500 <= (time.monotonic() - begun_at) / 0.5 + 1, "a batch of 500 takes half a second"
    behind = scrape(port)
    assert behind['lm_landing_lag{topic="transactions"}'] > RECORDS // 2
    assert behind["lm_landing_waits_total"] == 0
    with psycopg.connect(server.dsn) as connection:
        connection.execute("drop trigger slow on raw.transactions")
    server.landed(RECORDS, process=process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(patience_seconds()) == 0
    assert server.counts() == (RECORDS - RECORDS // 1_000, RECORDS // 1_000)


def test_a_restart_of_postgres_is_waited_for_and_the_metrics_tell_what_is_in_the_tables(
    broker: str, server: Server
) -> None:
    port = free_port()
    process = start(broker, server, port=port)
    server.landed(RECORDS // 5, process=process)
    server.stop()
    wait_for(lambda: scrape(port)["lm_landing_waits_total"] >= 1, "landing that waits for its Postgres")
    assert process.poll() is None
    server.start()
    server.landed(RECORDS, process=process)
    name = 'lm_landing_rows_total{table="transactions"}'
    # Counted once the commit came back, maybe after we saw it.
    wait_for(lambda: scrape(port).get(name) == RECORDS - RECORDS // 1_000, lambda: f"count of all: {scrape(port)}")
    samples = scrape(port)
    assert samples['lm_landing_rejects_total{reason="malformed_json",table="transactions"}'] == RECORDS // 1_000
    assert samples["lm_landing_waits_total"] >= 1
    wait_for(lambda: scrape(port)['lm_landing_lag{topic="transactions"}'] == 0, "end of the lag")
    process.send_signal(signal.SIGTERM)
    assert process.wait(patience_seconds()) == 0
    assert server.counts() == (RECORDS - RECORDS // 1_000, RECORDS // 1_000)


@pytest.mark.kafka
def test_behind_a_transaction_nothing_waits_and_the_page_holds_the_landings_metrics_alone(
    kafka: ApacheKafka, server: Server
) -> None:
    """The marker of a transaction is an offset that no reader is ever given."""
    port = free_port()
    process = start(kafka.bootstrap_servers, server, port=port)
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers, "transactional.id": "marks", "log_level": 0})
    producer.init_transactions(patience_seconds())
    producer.begin_transaction()
    for number in range(100):
        producer.produce("transactions", transaction(number, f"marked-{number}"), f"marked-{number}")
    producer.commit_transaction()
    name = 'lm_landing_lag{topic="transactions"}'
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        query = "select count(*) from raw.transactions where user_id like 'marked-%'"
        wait_for(lambda: connection.execute(query).fetchone() == (100,), "rows")
    wait_for(lambda: scrape(port).get(name) == 0, lambda: f"no lag: {scrape(port).get(name)}")
    families = {sample.partition("{")[0] for sample in scrape(port)}
    assert {family for family in families if not family.startswith(("lm_landing_", "process_", "python_"))} == set()
    assert "process_start_time_seconds" in families  # what tells a restart
    process.send_signal(signal.SIGTERM)
    assert process.wait(patience_seconds()) == 0


def test_a_taken_port_is_one_line(broker: str, ledgermind: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = ledgermind(
            "landing",
            LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS=broker,
            LEDGERMIND_LANDING_PORT=str(taken.getsockname()[1]),
        )
    assert answer.returncode == 2
    (line,) = [said for said in answer.stderr.splitlines() if "cannot listen" in said]
    assert "give this landing another LEDGERMIND_LANDING_PORT" in line


@pytest.mark.kafka
def test_a_second_landing_takes_its_share_and_gives_it_back(kafka: ApacheKafka, server: Server, tmp_path: Path) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers})

    def send(first: int) -> None:
        for number in range(first, first + 500):
            producer.produce("transactions", transaction(number, f"share-{number % 50}"), f"share-{number % 50}")
        assert producer.flush(patience_seconds()) == 0

    def mine() -> int:
        with psycopg.connect(server.dsn) as connection:
            row = connection.execute("select count(*) from raw.transactions where user_id like 'share-%'").fetchone()
        assert row is not None
        return int(row[0])

    def landed(rows: int) -> None:
        wait_until_none_left(lambda: max(0, rows - mine()), "rows to land")

    def members() -> int:
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
        return len(admin.describe_consumer_groups([GROUP])[GROUP].result(patience_seconds()).members)

    one = start(kafka.bootstrap_servers, server)
    send(0)
    landed(500)
    two = start(kafka.bootstrap_servers, server)
    wait_for(lambda: members() == 2, "second member")  # so that the first gave up its share
    send(500)
    landed(1_000)
    two.kill()
    two.wait()
    send(1_000)
    landed(1_500)
    one.send_signal(signal.SIGTERM)
    assert one.wait(patience_seconds()) == 0
    assert mine() == 1_500
