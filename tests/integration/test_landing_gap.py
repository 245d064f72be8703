"""A gap under the landing: one partition's next records were removed before they landed; the others land."""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.local.ports import free_port
from ops.patience import patience_seconds, wait_for
from ops.warehouse.migrate import migrate
from schemas.contracts.topics import TRANSACTIONS
from schemas.events.rollout import ActKind
from streams.rollout.follower import read_history
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings, SuggestSettings
from tests.conftest import Run
from tests.integration.test_landing_made_anew import landing
from tests.integration.test_worker import records
from tests.support.kafka_io import send_records

pytestmark = [pytest.mark.integration, pytest.mark.kafka]
BY_PARTITION = "select source_partition, count(*)::integer from raw.transactions group by 1"


@pytest.fixture(scope="module")
def node(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of an Apache Kafka whose records may be removed."""
    with ApacheKafka(tmp_path_factory.mktemp("kafka") / "kafka", properties={}) as running:
        create_topics(KafkaSettings(bootstrap_servers=running.bootstrap_servers))
        yield running.bootstrap_servers


def landed(dsn: str) -> dict[int, int]:
    with psycopg.connect(dsn) as connection:
        return dict(connection.execute(BY_PARTITION).fetchall())


@pytest.mark.slow
def test_a_gap_stops_the_landing_of_its_partition_alone(
    node: str, database: str, tmp_path: Path, ledgermind: Run
) -> None:
    migrate(database)
    log, port = tmp_path / "log", free_port()
    where = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": node, "LEDGERMIND_POSTGRES_DSN": database}

    def metric(name: str) -> float:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=patience_seconds()) as page:
            found = re.search(rf"^{re.escape(name)} (\S+)$", page.read().decode(), re.MULTILINE)
        return float(found[1]) if found else 0.0

    def reset(partition: int, to: str) -> tuple[int, str]:
        words = ("--topic", TRANSACTIONS.name, "--partition", str(partition), "--to", to, "--reason", "a test")
        done = ledgermind("landing", "reset", *words, **where)
        return done.returncode, done.stdout + done.stderr

    now = datetime.fromtimestamp(time.time(), UTC)
    Writer(KafkaSettings(bootstrap_servers=node)).begin(SuggestSettings(), canary_model=None, actor="a test", now=now)
    with landing(node, database, log, port=port):
        send_records(node, records(50), partition=3)
        wait_for(lambda: landed(database) == {3: 50}, "the first records")
    send_records(node, records(50), partition=3)
    admin = AdminClient({"bootstrap.servers": node, "log_level": 0})
    place = TopicPartition(TRANSACTIONS.name, 3, 80)
    admin.delete_records([place])[place].result(patience_seconds())
    with landing(node, database, log, port=port) as running:
        wait_for(lambda: metric("lm_landing_gap_partitions") == 1, "gap", refusals=(OSError,))
        send_records(node, records(40), partition=4)
        wait_for(lambda: landed(database) == {3: 50, 4: 40}, "the other partition")
        assert metric('lm_landing_lag{topic="transactions"}') == 50
        said = [json.loads(line) for line in log.read_text().splitlines() if '"landing_gap"' in line]
        assert {(line["partition"], line["removed"]) for line in said} == {(3, 30)}
        assert "position 50 is not on the broker, which has 80 to 100" in said[0]["message"]
        assert reset(4, "earliest")[1].startswith("ledgermind: transactions partition 4 has no gap")
        assert "offset 101 is not on the broker, which has 80 to 100; nothing was changed" in reset(3, "101")[1]
        code, words = reset(3, "earliest")
        assert (code, words) == (
            0,
            "transactions partition 3 goes on at 80, it stood at 50: 30 offsets skipped, of which the broker had "
            "removed 30\n",
        )
        wait_for(lambda: landed(database) == {3: 70, 4: 40}, "what was left")
        assert metric('lm_landing_skipped_records_total{topic="transactions"}') == 30
        assert metric("lm_landing_gap_partitions") == 0
        assert running.poll() is None
    history = read_history(KafkaSettings(bootstrap_servers=node))
    (act,) = [record.act for record in history.records if record.act is not None]
    assert act.kind == ActKind.RESET
    assert (act.details["program"], act.details["partition"], act.details["skipped"]) == ("landing", "3", "30")
