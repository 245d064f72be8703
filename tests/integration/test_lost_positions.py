"""Lost positions: the group was deleted, or its positions were; what the outputs answer is never answered twice unsaid.

Every count is of a ``read_committed`` reader.
"""

import json
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.patience import patience_seconds, wait_for
from schemas.contracts.topics import COMPARISONS
from schemas.events.rollout import ActKind, RolloutRecord
from streams.rollout.follower import read_history
from streams.settings import KafkaSettings
from tests.chaos.guarded import guarded_kafka
from tests.conftest import Run
from tests.integration.test_worker import records, working
from tests.support.kafka_io import WORKERS, Address, outcomes_so_far, read_outcomes, send_records
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.integration, pytest.mark.kafka]
UNHURRIED = {"LEDGERMIND_WORKER_STUCK_SECONDS": "120"}
ABORTS = {"LEDGERMIND_WORKER_FAILPOINTS": "after_send_offsets:abort:0.4"}
FULL = range(3)  # the partitions that hold records


@pytest.fixture
def servers(start_kafka: Callable[..., ApacheKafka]) -> str:
    """Return a broker of the test's own: its group is deleted."""
    node = start_kafka()
    create_topics(KafkaSettings(bootstrap_servers=node.bootstrap_servers))
    return node.bootstrap_servers


def admin(servers: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": servers, "log_level": 0})


def delete_group(servers: str) -> None:
    """Delete the workers' group as soon as it is empty; Kafka refuses it before."""
    client = admin(servers)

    def is_deleted() -> bool:
        try:
            client.delete_consumer_groups([WORKERS])[WORKERS].result(patience_seconds())
        except Exception as error:
            assert "NON_EMPTY_GROUP" in str(error), error
            return False
        return True

    wait_for(is_deleted, "deletion of the group")


def send(servers: str, count: int) -> list[Address]:
    """Send so many records onto each of the partitions, every fifth of them no JSON, the last ones too."""
    made = records(count, poison_every=5)[::-1]
    return [address for partition in FULL for address in send_records(servers, made, partition=partition)]


def lose_positions(servers: str, worker: Worker) -> tuple[list[Address], list[Address]]:
    """Let a worker answer 150 records, send 60 more, and delete its group; return the addresses of both."""
    with working(worker):
        answered = send(servers, 50)
        read_outcomes(servers, answered)
    waiting = send(servers, 20)
    delete_group(servers)
    return answered, waiting


def counts(servers: str, addresses: Collection[Address]) -> Counter[str]:
    """Return how many records have no outcome, one, and more than one."""
    found = Counter[str]()
    for outcome in outcomes_so_far(servers, addresses).values():
        once = outcome.counts in ((1, 1, 0), (0, 0, 1))
        found["once" if once else "lost" if sum(outcome.counts) == 0 else "doubled"] += 1
    return found


def said(worker: Worker, event: str) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in worker.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def acts(servers: str) -> list[RolloutRecord]:
    history = read_history(KafkaSettings(bootstrap_servers=servers))
    return [record for record in history.records if record.act is not None and record.act.kind == ActKind.RESET]


def stands_still(worker: Worker, partitions: int) -> None:
    wait_for(
        lambda: worker.metrics()["lm_stream_gap_partitions"] == partitions,
        lambda: f"{partitions} partitions that stand still: {worker.log.read_text()[-2_000:]}",
        refusals=(OSError,),
    )


@pytest.fixture
def reset(servers: str, ledgermind: Run) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(partition: int, to: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = ("worker", "reset", "--partition", str(partition), "--to", to, "--reason", "the group was deleted")
        return ledgermind(*command, *words, LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS=servers)

    return run


@pytest.mark.slow
def test_a_group_that_was_deleted_goes_on_behind_its_answers_when_an_operator_says_so(
    servers: str, tmp_path: Path, reset: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    worker = Worker("lost", servers, tmp_path / "log", ABORTS | UNHURRIED)
    answered, waiting = lose_positions(servers, worker)
    worker.start()
    try:
        stands_still(worker, len(FULL))
        lost = {line["partition"]: line for line in said(worker, "position_lost")}
        assert {partition: line["answered_to"] for partition, line in lost.items()} == dict.fromkeys(FULL, 50)
        assert "worker reset --partition 1 --to 50" in str(lost[1]["message"])
        others = send_records(servers, records(40), partition=7)
        read_outcomes(servers, others)
        assert counts(servers, others) == {"once": 40}
        assert counts(servers, answered) == {"once": 150}
        assert counts(servers, waiting) == {"lost": 60}  # so far: they wait
        assert "partition 7 has no gap" in reset(7, "earliest").stderr
        assert "offset 71 is not on the broker, which has 0 to 70" in reset(0, "71").stderr

        for partition, to in {0: "50", 1: "answered", 2: "answered"}.items():
            done = reset(partition, to)
            assert (done.returncode, done.stderr) == (0, "")
            assert f"partition {partition} goes on at 50, the outputs answered it up to 50: 0 offsets" in done.stdout
        read_outcomes(servers, waiting)
        assert counts(servers, [*answered, *waiting, *others]) == {"once": 250}
        worker.wait_until_ready()
        wait_for(lambda: len(acts(servers)) == len(FULL), "the acts")
        assert worker.metrics()["lm_stream_skipped_records_total"] == 0
    finally:
        worker.stop()
    with working(worker):  # positions are there again
        more = send(servers, 5)
        read_outcomes(servers, more)
    assert counts(servers, [*answered, *waiting, *others, *more]) == {"once": 265}


@pytest.mark.slow
def test_what_is_read_once_more_or_skipped_is_exactly_what_was_declared(
    servers: str, tmp_path: Path, reset: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    worker = Worker("lost", servers, tmp_path / "log", ABORTS | UNHURRIED)
    answered, waiting = lose_positions(servers, worker)
    wish = reset(0, "40", "--wait-seconds", "1")  # no worker runs: the next owner carries it out
    assert "the wish stands" in wish.stderr
    worker.start()
    try:
        stands_still(worker, 2)
        assert "50 offsets read once more though they were answered" in reset(1, "earliest").stdout
        assert "15 offsets skipped, of which the broker had removed 0" in reset(2, "65").stdout
        read_outcomes(servers, waiting)
        skipped = [(2, offset) for offset in range(50, 65)]
        again = [(0, offset) for offset in range(40, 50)] + [(1, offset) for offset in range(50)]
        assert counts(servers, skipped) == {"lost": 15}
        assert counts(servers, again) == {"doubled": 60}
        assert counts(servers, [*answered, *waiting]) == {"lost": 15, "doubled": 60, "once": 135}
        wait_for(lambda: len(acts(servers)) == len(FULL), "the acts")
        details = {record.act.details["partition"]: record.act.details for record in acts(servers) if record.act}
        assert {at: (one["skipped"], one.get("again")) for at, one in details.items()} == {
            "0": ("0", "10"),
            "1": ("0", "50"),
            "2": ("15", None),
        }
    finally:
        worker.stop()


@pytest.mark.slow
def test_a_worker_whose_group_is_deleted_while_it_is_frozen_answers_nothing_twice(
    servers: str, tmp_path: Path, reset: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    worker = Worker("lost", servers, tmp_path / "log", UNHURRIED)
    with working(worker):
        sent = send(servers, 2_000)  # the worker is at work on them
        wait_for(lambda: worker.metrics()["lm_stream_transactions_total"] > 1_000, "answers")
        worker.injure(signal.SIGSTOP)
        delete_group(servers)
        worker.injure(signal.SIGCONT)
        found = wait_for(
            lambda: [line["answered_to"] for line in said(worker, "answers_read") if line["answered_to"]],
            "partitions that were answered",
        )
        answered = found[0]
        assert isinstance(answered, dict)
        stands_still(worker, len(answered))
        for partition in answered:
            assert reset(int(partition), "answered").returncode == 0
        read_outcomes(servers, sent)
        assert counts(servers, sent) == {"once": len(sent)}


@pytest.mark.slow
def test_one_position_that_was_lost_stops_its_partition_alone(servers: str, tmp_path: Path) -> None:
    worker = Worker("lost", servers, tmp_path / "log", dict(UNHURRIED))
    with working(worker):
        read_outcomes(servers, send(servers, 50))
    client = admin(servers)
    asked = ConsumerGroupTopicPartitions(WORKERS)
    kept = client.list_consumer_group_offsets([asked])[WORKERS].result(patience_seconds()).topic_partitions
    delete_group(servers)
    kept = [TopicPartition(at.topic, at.partition, at.offset, at.metadata) for at in kept if at.partition != 1]
    put_back = ConsumerGroupTopicPartitions(WORKERS, kept)
    client.alter_consumer_group_offsets([put_back])[WORKERS].result(patience_seconds())
    waiting = send(servers, 20)
    worker.start()
    try:
        stands_still(worker, 1)
        goes_on = [address for address in waiting if address[0] != 1]
        read_outcomes(servers, goes_on)
        assert counts(servers, goes_on) == {"once": 40}
        assert counts(servers, [(1, offset) for offset in range(70)]) == {"once": 50, "lost": 20}
    finally:
        worker.stop()


@pytest.mark.slow
def test_a_group_that_may_read_what_was_answered_begins_at_the_first_record(servers: str, tmp_path: Path) -> None:
    with working(Worker("lost", servers, tmp_path / "log", dict(UNHURRIED))):
        sent = send(servers, 10)
        read_outcomes(servers, sent)
    group = {"LEDGERMIND_WORKER_GROUP": "another", "LEDGERMIND_WORKER_READ_ANSWERED": "true"}
    with working(Worker("another", servers, tmp_path / "other", UNHURRIED | group)):
        read_outcomes(servers, sent, group="another")
    assert counts(servers, sent) == {"doubled": 30}


@pytest.mark.slow
def test_without_the_right_to_read_the_outputs_nothing_is_answered_twice(java: None, tmp_path: Path) -> None:
    with guarded_kafka(tmp_path / "kafka") as guarded:
        servers = guarded.node.bootstrap_servers
        worker = Worker("lost", servers, tmp_path / "log", UNHURRIED | guarded.papers)
        guarded.deny("read", COMPARISONS.name)
        with working(worker):  # there are no answers yet, so nothing has to be read
            sent = send(servers, 10)
            read_outcomes(servers, sent)
        delete_group(servers)
        worker.start()
        try:
            refused = wait_for(lambda: said(worker, "answers_not_read"), "a look that was refused")
            assert refused[0]["reason"] == "TOPIC_AUTHORIZATION_FAILED"
            assert counts(servers, sent) == {"once": 30}
            guarded.give_back()
            stands_still(worker, len(FULL))
            assert counts(servers, sent) == {"once": 30}
        finally:
            worker.stop()
