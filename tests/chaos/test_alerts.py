"""Each fault that an operator meets, until the shipped rules call it by its name on a real Prometheus.

The rules differ from the shipped ones in their durations alone (``ops.alerting.scaled_rules``); what is scraped are
running programs on an Apache Kafka that takes rights away. Each test puts right what it broke.
"""

import logging
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ops.migrate import migrate
from ops.patience import patience_seconds, wait_for
from ops.postgres import Postgres
from schemas.topics import FEEDBACK, SUGGESTIONS, TRANSACTIONS
from tests.chaos.crew import Worker
from tests.chaos.guarded import Guarded, guarded_kafka
from tests.integration.test_worker import each_once, records
from tests.integration.wire import Address, read_outcomes, send, send_records
from tests.observatory import Observatory, observatory
from tests.promises.program import run_command

pytestmark = [pytest.mark.kafka, pytest.mark.chaos_ops]
FACTOR = 60  # a minute is a second
DATABASE = "alerts"
BOOTSTRAP = "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS"
LAG = "sum(max by (partition) (lm_stream_consumer_lag))"
CLOCK_BEHIND = 7_200
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scene:
    """Two workers and a landing on a guarded broker, under watch."""

    guarded: Guarded
    workers: tuple[Worker, Worker]
    prometheus: Observatory
    unscaled: Observatory
    folder: Path

    def feed(self, count: int, *, poison_every: int = 0) -> list[Address]:
        """Send so many transactions."""
        return send_records(self.guarded.node.bootstrap_servers, records(count, poison_every=poison_every))

    def answered_once(self, sent: list[Address]) -> bool:
        """Whether each of them has one outcome; waits for it."""
        return bool(each_once(read_outcomes(self.guarded.node.bootstrap_servers, sent)))

    def expect(self, *names: str, since: float) -> None:
        """Wait for each alert, and print how long it took."""
        for name in names:
            self.prometheus.wait_until_fires(name)
            log.warning("%s: %.1f s after the fault, durations divided by %d", name, time.monotonic() - since, FACTOR)

    def missing(self, worker: Worker) -> str:
        """Return what a worker's /ready says is missing, empty where it is ready."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{worker.port}/ready", timeout=patience_seconds()):
                return ""
        except urllib.error.HTTPError as error:
            return error.read().decode()


def database_of(postgres: Postgres) -> str:
    """Make a database for this module alone; return its DSN."""
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"create database {DATABASE}".encode())
    return make_conninfo(postgres.dsn, dbname=DATABASE)


@pytest.fixture(scope="module")
def scene(java: None, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("alerts")
    with ExitStack() as stack:
        guarded = stack.enter_context(guarded_kafka(folder / "kafka"))
        servers = guarded.node.bootstrap_servers
        told = guarded.papers | {"LEDGERMIND_WORKER_DEAD_LETTER_RUN": "150"}
        patient = {"LEDGERMIND_WORKER_SESSION_TIMEOUT_MS": "180000"}
        workers = (
            Worker("alert-0", servers, folder / "alert-0.log", told),
            Worker("alert-1", servers, folder / "alert-1.log", told | patient),
        )
        for worker in workers:
            worker.start()
            stack.callback(worker.stop)
        landing = Worker("alert-landing", servers, folder / "landing.log", program=("-m", "streams.landing"))
        dsn = database_of(postgres)
        migrate(dsn)
        landing.environment |= {  # as the administrator: the rights that are taken away are the workers'
            "LEDGERMIND_POSTGRES_DSN": dsn,
            "LEDGERMIND_LANDING_PORT": str(landing.port),
            "LEDGERMIND_LANDING_SESSION_TIMEOUT_MS": "6000",
        }
        landing.start()
        stack.callback(landing.stop)
        ports = {"worker": [worker.port for worker in workers], "landing": [landing.port]}
        prometheus = stack.enter_context(observatory(folder, ports, factor=FACTOR))
        (folder / "unscaled").mkdir()
        unscaled = stack.enter_context(observatory(folder / "unscaled", ports, factor=1))
        for worker in workers:
            worker.wait_until_ready()
        made = Scene(guarded, workers, prometheus, unscaled, folder)
        assert made.answered_once(made.feed(600))
        yield made


@pytest.fixture(autouse=True)
def quiet(scene: Scene) -> None:
    """Begin where nothing of the stream fires."""
    wait_for(
        lambda: not [name for name in scene.prometheus.firing() if name.startswith("Stream")],
        lambda: f"quiet; there are {sorted(scene.prometheus.firing())}",
    )


def test_the_right_to_read_is_lost(scene: Scene) -> None:
    scene.guarded.deny("read", TRANSACTIONS.name)
    since = time.monotonic()
    sent = scene.feed(500)
    scene.expect("StreamRightsLost", "StreamNotReady", "StreamNoCommits", since=since)
    assert all(f"may read {TRANSACTIONS.name}" in scene.missing(worker) for worker in scene.workers)
    sent += scene.feed(300)
    wait_for(lambda: scene.prometheus.values(LAG) == [800.0], lambda: f"lag of 800: {scene.prometheus.values(LAG)}")
    scene.guarded.give_back()
    assert scene.answered_once(sent)
    scene.prometheus.wait_until_silent("StreamRightsLost", "StreamNotReady", "StreamNoCommits")


def test_the_right_to_write_is_lost(scene: Scene) -> None:
    scene.guarded.deny("write", SUGGESTIONS.name)
    since = time.monotonic()
    sent = scene.feed(500)
    scene.expect("StreamRightsLost", "StreamNoCommits", "StreamManyAborts", since=since)
    assert all(f"may write {SUGGESTIONS.name}" in scene.missing(worker) for worker in scene.workers)
    scene.guarded.give_back()
    wait_for(lambda: revived(scene), "workers that live")
    assert scene.answered_once(sent)
    assert not any("another live worker" in worker.log.read_text() for worker in scene.workers)


def test_the_broker_stands_still(scene: Scene) -> None:
    process = scene.guarded.node._process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    since = time.monotonic()
    try:
        scene.expect("StreamOutage", "StreamNotReady", since=since)
    finally:
        process.send_signal(signal.SIGCONT)
    wait_for(lambda: revived(scene), "workers that live")
    assert scene.answered_once(scene.feed(300))


def test_a_worker_is_frozen_and_its_partitions_are_read_by_nobody(scene: Scene) -> None:
    frozen = scene.workers[1]
    frozen.injure(signal.SIGSTOP)
    since = time.monotonic()
    try:
        sent = scene.feed(600)
        scene.expect("StreamPartitionsUnread", "StreamProgramDown", since=since)
        assert scene.prometheus.values(LAG)[0] > 0  # of the partitions that nobody reads
        wait_for(lambda: sent.extend(scene.feed(2_000)) or "StreamLagGrows" in scene.prometheus.firing(), "growing lag")
    finally:
        frozen.injure(signal.SIGCONT)
    wait_for(lambda: revived(scene), "workers that live")
    assert scene.answered_once(sent)


def test_a_worker_is_started_again_and_again(scene: Scene) -> None:
    worker = scene.workers[0]
    since = time.monotonic()
    started = f'process_start_time_seconds{{instance="127.0.0.1:{worker.port}"}}'
    for number in range(1, 5):
        before = scene.unscaled.values(started)
        worker.injure(signal.SIGKILL)
        assert worker.process is not None
        worker.process.wait()
        worker.start()
        wait_for(lambda known=before: scene.unscaled.values(started) not in ([], known), f"scrape of start {number}")
    # Scaled, a quarter of an hour is as long as one start takes.
    scene.unscaled.wait_until_fires("StreamRestartLoop")
    log.warning("StreamRestartLoop: %.1f s after the first death, by the rules as they are", time.monotonic() - since)


def test_the_clock_of_a_worker_is_two_hours_behind(scene: Scene) -> None:
    worker = scene.workers[1]
    honest = worker.program
    worker.stop()
    worker.program = ("-m", "tests.chaos.wrong_clock", str(-CLOCK_BEHIND))
    worker.start()
    worker.wait_until_ready()
    since = time.monotonic()
    sent = scene.feed(600)
    scene.expect("StreamClockSkew", since=since)
    assert scene.answered_once(sent)
    assert worker.metrics()["lm_stream_end_to_end_seconds_sum"] >= 0
    assert worker.metrics()["lm_stream_clock_skew_seconds"] == pytest.approx(CLOCK_BEHIND, abs=60)
    worker.stop()
    worker.program = honest
    wait_for(lambda: revived(scene), "workers that live")


def test_many_records_are_no_transactions(scene: Scene) -> None:
    since = time.monotonic()
    send_records(scene.guarded.node.bootstrap_servers, records(600, poison_every=3))
    scene.expect("StreamManyDeadLetters", since=since)


def test_partitions_hold_nothing_but_poison(scene: Scene) -> None:
    since = time.monotonic()
    send_records(scene.guarded.node.bootstrap_servers, records(4_000, poison_every=1))
    scene.expect("StreamPartitionPaused", since=since)
    assert any("no partition paused" in scene.missing(worker) for worker in scene.workers)
    before = scene.prometheus.values(LAG)[0]
    send_records(scene.guarded.node.bootstrap_servers, records(600))
    wait_for(lambda: scene.prometheus.values(LAG)[0] > before, "lag of the partitions that are paused")
    done = run_command(
        "dlq", "resume", directory=scene.folder, variables={BOOTSTRAP: scene.guarded.node.bootstrap_servers}
    )
    assert done.code == 0, done.stderr
    scene.prometheus.wait_until_silent("StreamPartitionPaused")


def test_what_comes_for_a_table_is_rejected(scene: Scene) -> None:
    since = time.monotonic()
    wait_for(
        lambda: (
            send(scene.guarded.node.bootstrap_servers, FEEDBACK.name, ["{"] * 20)
            or "LandingManyRejects" in scene.prometheus.firing()
        ),
        "LandingManyRejects",
    )
    log.warning("LandingManyRejects: %.1f s after the first, durations divided by %d", time.monotonic() - since, FACTOR)


def test_no_worker_is_left(scene: Scene) -> None:
    since = time.monotonic()
    for worker in scene.workers:
        worker.stop()
    scene.expect("StreamOutage", "StreamProgramDown", since=since)
    wait_for(lambda: revived(scene), "workers that live")


def revived(scene: Scene) -> bool:
    """Start again, as a parent would, each worker that has left; whether all are ready."""
    for worker in scene.workers:
        if not worker.alive:
            worker.start()
    try:
        return not any(scene.missing(worker) for worker in scene.workers)
    except OSError:
        return False
