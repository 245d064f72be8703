"""A topic that is deleted and made again under a worker: every record of the new one is answered once, as its own."""

import json
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.patience import patience_seconds, wait_for
from schemas.contracts.topics import COMPARISONS, DEAD_LETTERS, SUGGESTIONS, TRANSACTIONS
from streams.settings import KafkaSettings
from tests.conftest import Run
from tests.integration.anew import fill, make_anew
from tests.integration.test_worker import records, working
from tests.support.kafka_io import WORKERS, send_records
from tests.support.topic import read_committed, wait_until_committed
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.integration, pytest.mark.kafka]
# No rebalance helps: whoever is frozen for a moment keeps its partitions and its positions.
LONG_SESSION = {"LEDGERMIND_WORKER_SESSION_TIMEOUT_MS": "120000", "LEDGERMIND_WORKER_STUCK_SECONDS": "120"}


@pytest.fixture(scope="module")
def node(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """Return an Apache Kafka whose topics may be deleted."""
    with ApacheKafka(tmp_path_factory.mktemp("kafka") / "kafka", properties={}) as running:
        create_topics(KafkaSettings(bootstrap_servers=running.bootstrap_servers))
        yield running


def answers(node: ApacheKafka, topic_id: str) -> Counter[str]:
    """Count, for each record of the topic of this id, its suggestions, comparisons (and dead letters twice)."""
    found: Counter[str] = Counter()
    for spec in (SUGGESTIONS, COMPARISONS):
        for message in read_committed(node.bootstrap_servers, spec.name):
            event_id = json.loads(message.value() or b"")["event_id"]
            if event_id.startswith(f"{topic_id}-"):
                found[event_id] += 1
    assert not read_committed(node.bootstrap_servers, DEAD_LETTERS.name)
    return found


def answered_once(node: ApacheKafka, worker: Worker, topic_id: str, sent: int) -> None:
    """Wait until every record of the topic has its two events, and hold that none has more."""

    def answered() -> bool:
        assert worker.alive, worker.log.read_text()[-2_000:]
        return len(answers(node, topic_id)) >= sent

    wait_for(
        answered,
        lambda: f"answers to {sent} records, there are {len(answers(node, topic_id))}",
        every_seconds=1.0,
    )
    wait_until_committed(node.bootstrap_servers, TRANSACTIONS.name, WORKERS)
    found = answers(node, topic_id)
    assert (len(found), set(found.values())) == (sent, {2})


@pytest.mark.slow
def test_what_a_frozen_worker_finds_on_a_new_topic_is_answered_from_its_beginning(
    node: ApacheKafka, tmp_path: Path
) -> None:
    old = make_anew(node.bootstrap_servers)
    worker = Worker("frozen", node.bootstrap_servers, tmp_path / "log", LONG_SESSION)
    with working(worker):
        answered_once(node, worker, old, fill(node.bootstrap_servers, 3_000))
        worker.injure(signal.SIGSTOP)
        new = make_anew(node.bootstrap_servers)
        sent = fill(node.bootstrap_servers, 6_000)
        worker.injure(signal.SIGCONT)
        answered_once(node, worker, new, sent)
        assert len(answers(node, old)) == 3_000
        assert worker.metrics()["lm_stream_topics_made_anew_total"] == 1
        said = [json.loads(line) for line in worker.log.read_text().splitlines() if '"topic_made_anew"' in line]
        assert [(line["old"], line["new"]) for line in said] == [(old, new)]


@pytest.mark.slow
@pytest.mark.parametrize("count", [600, 12_000], ids=["shorter", "longer"])
def test_a_worker_that_works_meanwhile_answers_the_new_topic_from_its_beginning(
    node: ApacheKafka, tmp_path: Path, count: int
) -> None:
    old = make_anew(node.bootstrap_servers)
    worker = Worker("awake", node.bootstrap_servers, tmp_path / "log", LONG_SESSION)
    with working(worker):
        answered_once(node, worker, old, fill(node.bootstrap_servers, 3_000))
        new = make_anew(node.bootstrap_servers)
        answered_once(node, worker, new, fill(node.bootstrap_servers, count))
        assert len(answers(node, old)) == 3_000


def commit_position(node: ApacheKafka, metadata: str) -> None:
    """Move the workers' position in every partition, as somebody outside of the group."""
    consumer = Consumer({"bootstrap.servers": node.bootstrap_servers, "group.id": WORKERS, "log_level": 0})
    places = [TopicPartition(TRANSACTIONS.name, at, 20, metadata) for at in range(TRANSACTIONS.partitions)]
    consumer.commit(offsets=places, asynchronous=False)
    consumer.close()


@pytest.mark.parametrize(
    ("metadata", "answered"),
    [
        pytest.param(lambda new: f"topic-id={'x' * 22}", 50, id="of another topic"),
        pytest.param(lambda new: f"topic-id={new}", 30, id="of this topic"),
        pytest.param(lambda new: "", 30, id="of no topic, as Kafka's tools write it"),
    ],
)
def test_a_worker_starts_from_a_position_of_this_topic_only(
    node: ApacheKafka, tmp_path: Path, metadata: Callable[[str], str], answered: int
) -> None:
    new = make_anew(node.bootstrap_servers)
    fill(node.bootstrap_servers, 50 * TRANSACTIONS.partitions)
    commit_position(node, metadata(new))
    with working(Worker("starting", node.bootstrap_servers, tmp_path / "log")) as worker:
        answered_once(node, worker, new, answered * TRANSACTIONS.partitions)


@pytest.mark.slow
def test_partitions_that_are_added_are_served_and_said_by_a_worker_that_starts(
    node: ApacheKafka, tmp_path: Path, ledgermind: Run
) -> None:
    topic_id = make_anew(node.bootstrap_servers)
    where = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": node.bootstrap_servers}
    worker = Worker("growing", node.bootstrap_servers, tmp_path / "log")
    with working(worker):
        answered_once(node, worker, topic_id, fill(node.bootstrap_servers, 600))
        admin = AdminClient({"bootstrap.servers": node.bootstrap_servers, "log_level": 0})
        for grown in admin.create_partitions([NewPartitions(TRANSACTIONS.name, 24)]).values():
            grown.result(patience_seconds())
        for partition in range(24):
            send_records(node.bootstrap_servers, records(50), partition=partition)
        answered_once(node, worker, topic_id, 600 + 24 * 50)
    with working(worker):
        send_records(node.bootstrap_servers, records(50), partition=23)
        answered_once(node, worker, topic_id, 600 + 25 * 50)
    said = [line for line in worker.log.read_text().splitlines() if "topic transactions has 24 partitions" in line]
    assert len(said) == 1  # of two starts, the second one met them
    assert ledgermind("dlq", "list", **where).returncode == 0
    assert ledgermind("dlq", "resume", **where).stdout == "no partition is paused\n"
