"""A gap: one partition's next records were removed before they were read; it stands still until it is moved on."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.patience import patience_seconds, wait_for
from schemas.contracts.topics import TRANSACTIONS
from schemas.events.rollout import ActKind, RolloutRecord
from streams.rollout.follower import read_history
from streams.settings import KafkaSettings
from tests.conftest import Run
from tests.integration.test_worker import each_once, records, working
from tests.support.kafka_io import outcomes_so_far, read_outcomes, send_records
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.integration, pytest.mark.kafka]
# Of the transactions that move a partition on, some are aborted: the act must be told once all the same.
ABORTS = {"LEDGERMIND_WORKER_FAILPOINTS": "after_send_offsets:abort:0.4"}
# A machine that is busy is no worker that is stuck.
UNHURRIED = {"LEDGERMIND_WORKER_STUCK_SECONDS": "120", "LEDGERMIND_WORKER_TRANSACTION_TIMEOUT_MS": "60000"}


@pytest.fixture(scope="module")
def node(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """Return an Apache Kafka whose records may be removed."""
    with ApacheKafka(tmp_path_factory.mktemp("kafka") / "kafka", properties={}) as running:
        create_topics(KafkaSettings(bootstrap_servers=running.bootstrap_servers))
        yield running


def remove(node: ApacheKafka, partition: int, before: int) -> None:
    """Remove a partition's records before an offset, as retention does."""
    admin = AdminClient({"bootstrap.servers": node.bootstrap_servers, "log_level": 0})
    place = TopicPartition(TRANSACTIONS.name, partition, before)
    admin.delete_records([place])[place].result(patience_seconds())


def resets(node: ApacheKafka) -> list[RolloutRecord]:
    """Return the resets that were written down."""
    history = read_history(KafkaSettings(bootstrap_servers=node.bootstrap_servers))
    return [record for record in history.records if record.act is not None and record.act.kind == ActKind.RESET]


def gaps(worker: Worker) -> float:
    return worker.metrics()["lm_stream_gap_partitions"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("partition", "to", "skipped"),
    [pytest.param(3, "earliest", 30, id="earliest"), pytest.param(5, "90", 40, id="an offset")],
)
def test_a_gap_stops_its_partition_alone_and_is_passed_when_an_operator_says_so(
    node: ApacheKafka, tmp_path: Path, ledgermind: Run, partition: int, to: str, skipped: int
) -> None:
    where = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": node.bootstrap_servers}
    worker = Worker("gap", node.bootstrap_servers, tmp_path / "log", ABORTS | UNHURRIED)
    other = partition + 1

    def reset(*words: str) -> subprocess.CompletedProcess[str]:
        return ledgermind("worker", "reset", "--partition", str(partition), "--reason", "a test", *words, **where)

    with working(worker):
        read_outcomes(node.bootstrap_servers, send_records(node.bootstrap_servers, records(50), partition=partition))
    waiting = send_records(node.bootstrap_servers, records(50), partition=partition)
    remove(node, partition, before=80)
    told = len(resets(node))
    worker.start()
    try:
        wait_for(lambda: gaps(worker) == 1, "gap", refusals=(OSError,))
        others = send_records(node.bootstrap_servers, records(100), partition=other)
        assert each_once(read_outcomes(node.bootstrap_servers, others))
        said = [json.loads(line) for line in worker.log.read_text().splitlines() if '"partition_gap"' in line]
        assert [(line["partition"], line["removed"]) for line in said] == [(partition, 30)]
        assert f"partition {partition}: position 50 is not on the broker, which has 80 to 100" in said[0]["message"]
        assert f"ledgermind worker reset --partition {partition} --to earliest" in said[0]["message"]
        wrong = ledgermind("worker", "reset", "--partition", str(other), "--to", "earliest", "--reason", "x", **where)
        assert wrong.returncode == 1
        assert f"partition {other} has no gap" in wrong.stderr
        far = reset("--to", "101")
        assert "offset 101 is not on the broker, which has 80 to 100; nothing was changed" in far.stderr

        done = reset("--to", to, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        moved = json.loads(done.stdout)
        assert (moved["partition"], moved["start"], moved["to"]) == (partition, 50, 50 + skipped)
        assert (moved["skipped"], moved["removed"]) == (skipped, 30)
        left = [address for address in waiting if address[1] >= 50 + skipped]
        assert each_once(read_outcomes(node.bootstrap_servers, left))
        never = [address for address in waiting if address[1] < 50 + skipped]
        assert all(outcome.counts == (0, 0, 0) for outcome in outcomes_so_far(node.bootstrap_servers, never).values())
        wait_for(lambda: gaps(worker) == 0, "end of the gap")
        assert worker.metrics()["lm_stream_skipped_records_total"] == skipped
        worker.wait_until_ready()
        wait_for(lambda: len(resets(node)) > told, "the act")
        (record,) = resets(node)[told:]
        assert record.act is not None
        details = record.act.details
        assert (record.reason, details["partition"], details["worker"]) == ("a test", str(partition), "gap")
        assert (details["from"], details["to"], details["skipped"]) == ("50", str(50 + skipped), str(skipped))
        assert details["reset"] in done.stdout
        again = reset("--to", "earliest")
        assert f"partition {partition} has no gap" in again.stderr
    finally:
        worker.stop()


@pytest.mark.slow
def test_without_a_worker_the_wish_stands_and_is_carried_out_by_the_next(
    node: ApacheKafka, tmp_path: Path, ledgermind: Run
) -> None:
    where = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": node.bootstrap_servers}
    worker = Worker("gap", node.bootstrap_servers, tmp_path / "log", dict(UNHURRIED))
    with working(worker):
        read_outcomes(node.bootstrap_servers, send_records(node.bootstrap_servers, records(50), partition=8))
    waiting = send_records(node.bootstrap_servers, records(50), partition=8)
    remove(node, 8, before=60)
    words = ("worker", "reset", "--partition", "8", "--to", "earliest", "--reason", "a test", "--wait-seconds", "1")
    asked = ledgermind(*words, **where)
    assert asked.returncode == 1
    assert "no worker moved partition 8 within 1 s; the wish stands" in asked.stderr
    with working(worker):
        assert each_once(read_outcomes(node.bootstrap_servers, waiting[10:]))
        assert worker.metrics()["lm_stream_skipped_records_total"] == 10
