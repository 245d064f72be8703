"""A worker's life on a real Kafka: told to stop, fenced by its namesake, started by Faust's own command, measured."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops.local.apache_kafka import ApacheKafka
from ops.patience import patience_seconds, wait_for
from schemas.contracts.topics import TRANSACTIONS
from streams.errors import FencedError
from streams.worker.watchdog import STUCK_EXIT_CODE
from tests.support.kafka_io import Outcome, read_outcomes, send_records
from tests.support.topic import read_committed
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.integration, pytest.mark.kafka]
FAUST = str(Path(sys.executable).parent / "faust")
USERS = 9


def records(count: int, *, poison_every: int = 0) -> list[tuple[bytes, bytes]]:
    """Return transactions as a producer sends them, now and then one that is no JSON."""
    made = []
    for number in range(count):
        user = f"life-{number % USERS}"
        fields = {
            "schema_version": "1.0",
            "txn_id": f"life-{number}",
            "user_id": user,
            "account_id": "a",
            "occurred_at": "2026-05-01T12:00:00Z",
            "amount": "-4.20",
            "currency": "EUR",
            "description": ("TESCO STORES 3021", "UNHEARD OF TRADING 77")[number % 2],
        }
        poison = poison_every and number % poison_every == 0
        made.append((user.encode(), b"{" if poison else json.dumps(fields).encode()))
    return made


@contextmanager
def working(worker: Worker) -> Iterator[Worker]:
    """Start a worker, wait until it works, and end it however the test leaves it."""
    worker.start()
    try:
        worker.wait_until_ready()
        yield worker
    finally:
        if worker.alive:
            worker.stop()


def each_once(outcomes: dict[tuple[int, int], Outcome]) -> bool:
    return all(outcome.counts in ((1, 1, 0), (0, 0, 1)) for outcome in outcomes.values())


def test_told_to_stop_it_leaves_nothing_half_done_and_its_successor_goes_on(kafka: ApacheKafka, tmp_path: Path) -> None:
    worker = Worker("life-stop", kafka.bootstrap_servers, tmp_path / "log", {"LEDGERMIND_WORKER_GROUP": "life-stop"})
    with working(worker):
        addresses = send_records(kafka.bootstrap_servers, records(2_000))
        assert worker.stop() == 0
    with working(worker):
        addresses += send_records(kafka.bootstrap_servers, records(500))
        outcomes = read_outcomes(kafka.bootstrap_servers, addresses, group="life-stop")
    assert each_once(outcomes)
    assert json.loads((tmp_path / "log").read_text().splitlines()[-1])["event"] == "worker_stopped"


def test_of_two_with_the_same_name_the_older_is_fenced_and_says_so(kafka: ApacheKafka, tmp_path: Path) -> None:
    group = {"LEDGERMIND_WORKER_GROUP": "life-twins"}
    older = Worker("life-twin", kafka.bootstrap_servers, tmp_path / "older.log", group)
    younger = Worker("life-twin", kafka.bootstrap_servers, tmp_path / "younger.log", group)
    with working(older):
        first = send_records(kafka.bootstrap_servers, records(300))
        with working(younger):
            second = send_records(kafka.bootstrap_servers, records(300))
            assert older.process is not None
            assert older.process.wait(patience_seconds()) == FencedError.exit_code
            outcomes = read_outcomes(kafka.bootstrap_servers, first + second, group="life-twins")
            assert younger.alive
    assert each_once(outcomes)
    last = json.loads((tmp_path / "older.log").read_text().splitlines()[-1])
    assert (last["event"], last["error"]) == ("worker_left", "FencedError")
    assert "give each worker its own LEDGERMIND_WORKER_NAME" in last["message"]


def test_fausts_own_command_starts_the_same_worker(kafka: ApacheKafka, tmp_path: Path) -> None:
    worker = Worker(
        "life-faust",
        kafka.bootstrap_servers,
        tmp_path / "log",
        {"LEDGERMIND_WORKER_GROUP": "life-faust"},
        program=(FAUST, "-A", "streams.worker", "worker", "--loglevel", "warn"),
    )
    with working(worker):
        addresses = send_records(kafka.bootstrap_servers, records(200))
        assert each_once(read_outcomes(kafka.bootstrap_servers, addresses, group="life-faust"))
        assert worker.process is not None
        worker.injure(signal.SIGTERM)
        assert worker.process.wait(patience_seconds()) == 0


def test_its_metrics_are_what_a_reader_counts(kafka: ApacheKafka, tmp_path: Path) -> None:
    group = {"LEDGERMIND_WORKER_GROUP": "life-metrics"}
    worker = Worker("life-metrics", kafka.bootstrap_servers, tmp_path / "log", group)
    with working(worker):
        caught_up = [
            address
            for partition in range(TRANSACTIONS.partitions)
            for address in send_records(kafka.bootstrap_servers, records(1), partition=partition)
        ]
        read_outcomes(kafka.bootstrap_servers, caught_up, group="life-metrics")  # whatever lay there is behind them
        # Offsets would count the markers of transactions, too: somebody may have put dead letters back.
        read = len(read_committed(kafka.bootstrap_servers, TRANSACTIONS.name))
        wait_for(lambda: total(worker.metrics(), "lm_stream_transactions_total") == read, "count of what was committed")
        before = worker.metrics()
        addresses = send_records(kafka.bootstrap_servers, records(1_000, poison_every=50))
        outcomes = read_outcomes(kafka.bootstrap_servers, addresses, group="life-metrics")
        read += len(addresses)
        wait_for(lambda: total(worker.metrics(), "lm_stream_transactions_total") == read, "count of what was committed")
        after = worker.metrics()
    assert each_once(outcomes)

    def moved(name: str) -> float:
        return total(after, name) - total(before, name)

    suggestions = sum(len(outcome.suggestions) for outcome in outcomes.values())
    dead_letters = sum(len(outcome.dead_letters) for outcome in outcomes.values())
    assert (suggestions, dead_letters) == (980, 20)
    assert moved("lm_stream_transactions_total") == suggestions + dead_letters
    assert moved("lm_ml_predictions_total") == suggestions
    assert moved("lm_suggest_compare_total") == suggestions
    assert moved("lm_stream_dead_letters_total") == dead_letters
    assert moved("lm_stream_end_to_end_seconds_count") == suggestions


def test_a_batch_can_be_followed_from_poll_to_commit_in_the_log(kafka: ApacheKafka, tmp_path: Path) -> None:
    group = {"LEDGERMIND_WORKER_GROUP": "life-log", "LEDGERMIND_LOG_LEVEL": "debug"}
    with working(Worker("life-log", kafka.bootstrap_servers, tmp_path / "log", group)):
        addresses = send_records(kafka.bootstrap_servers, records(300, poison_every=50))
        read_outcomes(kafka.bootstrap_servers, addresses, group="life-log")
    text = (tmp_path / "log").read_text()
    told: dict[int, list[str]] = {}
    for event in map(json.loads, text.splitlines()):
        if "batch" in event:
            told.setdefault(event["batch"], []).append(event["event"])
    assert told
    assert all(events == ["batch_polled", "batch_scored", "batch_finished"] for events in told.values())
    assert not {"TESCO", "life-1", "4.20"} & set(text.replace('"', " ").split())  # and never what they hold


@pytest.mark.slow
def test_a_commit_that_hangs_ends_the_worker_also_when_its_partitions_are_gone(
    kafka: ApacheKafka, tmp_path: Path
) -> None:
    group = {"LEDGERMIND_WORKER_GROUP": "life-hang"}
    # As in production, stuck is longer than a third of the poll interval: from then on it only keeps its seat.
    slow = {"LEDGERMIND_WORKER_STUCK_SECONDS": "20", "LEDGERMIND_WORKER_MAX_POLL_INTERVAL_MS": "9000"}
    hanging = Worker(
        "life-hanging",
        kafka.bootstrap_servers,
        tmp_path / "hanging.log",
        group | slow | {"LEDGERMIND_WORKER_FAILPOINTS": "after_send_offsets:hang:1"},
    )
    other = Worker("life-other", kafka.bootstrap_servers, tmp_path / "other.log", group)
    with working(hanging):
        addresses = send_records(kafka.bootstrap_servers, records(100))
        with working(other):  # it asks for its share of the partitions: the hanging one gives all of them up
            assert hanging.process is not None
            assert hanging.process.wait(patience_seconds()) == STUCK_EXIT_CODE
            assert each_once(read_outcomes(kafka.bootstrap_servers, addresses, group="life-hang"))
    assert "a commit hung for 20 s" in (tmp_path / "hanging.log").read_text()


def total(samples: dict[str, float], name: str) -> float:
    """Sum a metric over its labels."""
    return sum(value for sample, value in samples.items() if sample.partition("{")[0] == name)
