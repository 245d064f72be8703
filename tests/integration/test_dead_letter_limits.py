"""A partition full of poison stands still, through a restart too, and goes on exactly where it stood when resumed."""

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.patience import wait_for
from streams.dead_letters.pause_store import Pauses
from streams.settings import KafkaSettings
from tests.conftest import Run
from tests.integration.test_worker import each_once, records
from tests.support.kafka_io import WORKERS, outcomes_so_far, read_outcomes, send_records
from tests.support.topic import wait_until_committed
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.integration, pytest.mark.kafka]
RUN = 40
LIMITS = {"LEDGERMIND_WORKER_DEAD_LETTER_RUN": str(RUN), "LEDGERMIND_WORKER_BATCH_RECORDS": "10"}


def paused(worker: Worker) -> bool:
    """Whether one partition stands still, and /metrics can be read at all."""
    try:
        return worker.metrics()["lm_stream_paused_partitions"] == 1
    except OSError:
        return False


def put_aside(worker: Worker) -> float:
    """How many broken records the worker counts."""
    return worker.metrics().get('lm_stream_dead_letters_total{reason="malformed_json"}', 0.0)


def acts(ledgermind: Run, where: dict[str, str]) -> list[dict[str, Any]]:
    """Return the records of acts in the rollout's chain, oldest first; the whole chain must hold."""
    assert ledgermind("rollout", "verify", **where).returncode == 0
    records = json.loads(ledgermind("rollout", "history", "--all", "--json", **where).stdout)
    return [record for record in (records if isinstance(records, list) else [records]) if record.get("act")]


@pytest.mark.slow
def test_a_poisoned_partition_waits_for_an_operator_while_the_others_go_on(
    start_kafka: Callable[..., ApacheKafka], tmp_path: Path, ledgermind: Run
) -> None:
    kafka = KafkaSettings(bootstrap_servers=start_kafka().bootstrap_servers)
    create_topics(kafka)
    where = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers}
    worker = Worker("limits", kafka.bootstrap_servers, tmp_path / "log", dict(LIMITS))
    worker.start()
    try:
        worker.wait_until_ready()
        assert ledgermind("dlq", "resume", **where).stdout == "no partition is paused\n"
        poison = send_records(kafka.bootstrap_servers, [(b"poison", b"{")] * 500, partition=3)
        wait_for(lambda: paused(worker), "paused partition")
        wait_for(lambda: acts(ledgermind, where), "record of the pause")
        good = send_records(kafka.bootstrap_servers, records(200), partition=4)
        assert each_once(read_outcomes(kafka.bootstrap_servers, good))
        stood = outcomes_so_far(kafka.bootstrap_servers, poison)
        count = sum(len(outcome.dead_letters) for outcome in stood.values())
        assert RUN <= count < 500
        wait_for(lambda: put_aside(worker) == count, f"count of {count}")

        assert worker.stop() == 0
        worker.environment["LEDGERMIND_WORKER_DEAD_LETTER_RUN"] = "0"  # no limit any more, and still it stands
        worker.start()
        wait_for(lambda: paused(worker), "paused partition")
        said = ledgermind("dlq", "resume", "--dry-run", **where).stdout
        assert said.startswith(f"partition 3 stands at {count}  ")
        assert "dead letters in a row" in said
        wrong = ledgermind("dlq", "resume", "--partition", "5", **where)
        assert wrong.returncode != 0
        assert "partition 5 is not paused (3 is); nothing was changed" in wrong.stderr

        behind = send_records(kafka.bootstrap_servers, records(50), partition=3)
        resumed = ledgermind("dlq", "resume", "--actor", "ada", "--note", "the producer is mended", **where)
        assert resumed.stdout.startswith(f"partition 3 goes on at {count}")
        pause, resume = acts(ledgermind, where)  # one each: what stands through a restart is no second pause
        assert (pause["actor"], pause["act"]) == ("worker limits", {"kind": "pause", "details": {"partitions": "3"}})
        assert "dead letters in a row" in pause["reason"]
        assert (resume["actor"], resume["reason"], resume["act"]["kind"]) == ("ada", "the producer is mended", "resume")
        assert resume["act"]["details"]["partitions"] == f"3/{count}"
        assert resume["prev_hash"] == pause["hash"]
        outcomes = read_outcomes(kafka.bootstrap_servers, poison + behind)
        assert each_once(outcomes)
        assert [outcomes[place].word for place in behind] == ["accepted"] * 50
    finally:
        if worker.alive:
            worker.stop()


@pytest.mark.slow
def test_aborts_behind_a_pause_do_not_make_it_last(start_kafka: Callable[..., ApacheKafka], tmp_path: Path) -> None:
    kafka = KafkaSettings(bootstrap_servers=start_kafka().bootstrap_servers)
    create_topics(kafka)
    # Of what was polled ahead of a pause, too: nothing of it is left to do, and what stands still is not stuck.
    aborts = {"LEDGERMIND_WORKER_FAILPOINTS": "after_send_offsets:abort:0.4", "LEDGERMIND_WORKER_STUCK_SECONDS": "8"}
    worker = Worker("limits", kafka.bootstrap_servers, tmp_path / "log", LIMITS | aborts)
    worker.start()
    pauses = Pauses(kafka, group="ledgermind-worker")

    def goes_on(stood: object) -> bool:
        """Return whether it came to the end, or to the next pause."""
        return put_aside(worker) == 400 or pauses.paused() not in ({}, stood)

    try:
        worker.wait_until_ready()
        poison = send_records(kafka.bootstrap_servers, [(b"poison", b"{")] * 400, partition=3)
        wait_for(pauses.paused, "paused partition")
        time.sleep(11.0)  # longer than what is stuck would be left alone
        assert worker.alive
        resumed = 0
        while put_aside(worker) < 400:
            wait_for(lambda: pauses.paused() or put_aside(worker) == 400, "pause or end")
            stood = pauses.paused()
            pauses.resume(stood)
            resumed += len(stood)
            wait_for(partial(goes_on, stood), "progress")
        assert resumed > 1
        assert each_once(read_outcomes(kafka.bootstrap_servers, poison))
    finally:
        pauses.close()
        if worker.alive:
            worker.stop()


@pytest.mark.slow
def test_a_requeued_record_that_fails_again_keeps_its_first_address(
    start_kafka: Callable[..., ApacheKafka], tmp_path: Path, ledgermind: Run
) -> None:
    kafka = KafkaSettings(bootstrap_servers=start_kafka().bootstrap_servers)
    create_topics(kafka)
    where = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers}
    worker = Worker("requeued", kafka.bootstrap_servers, tmp_path / "log")
    worker.start()
    try:
        worker.wait_until_ready()
        (first,) = send_records(kafka.bootstrap_servers, [(b"u", b"{")], partition=6)
        read_outcomes(kafka.bootstrap_servers, [first])
        for _ in range(2):
            assert ledgermind("dlq", "requeue", "--all", **where).returncode == 0
            wait_until_committed(kafka.bootstrap_servers, "transactions", WORKERS)
        listed = ledgermind("dlq", "list", **where).stdout
        assert listed.count(f"from transactions/6/{first[1]} ") == 3
    finally:
        if worker.alive:
            worker.stop()
