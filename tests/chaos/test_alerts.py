"""Each fault that an operator meets, until the shipped rules call it by its name on a real Prometheus.

The rules differ from the shipped ones in their durations alone (``ops.monitoring.scaled_rules``); what is scraped are
running programs on an Apache Kafka that takes rights away. Each test puts right what it broke.
"""

import json
import logging
import signal
import socket
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from confluent_kafka import Message, Producer

from ops.local.ports import LOOPBACK, free_port
from ops.local.postgres import Postgres
from ops.local.process import start, stop
from ops.patience import patience_seconds, wait_for
from schemas.contracts.topics import FEEDBACK, SUGGESTIONS, TRANSACTIONS
from tests.chaos.watched import FACTOR, Scene, watched
from tests.integration.anew import make_anew
from tests.integration.test_worker import records
from tests.promises.program import run_command
from tests.support.kafka_io import send, send_records
from tests.support.observatory import reported_observatory
from tests.support.topic import read_committed
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.kafka, pytest.mark.chaos_ops]
BOOTSTRAP = "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS"
LAG = "sum(max by (partition) (lm_stream_consumer_lag))"
CLOCK_BEHIND = 7_200
AHEAD_MS = 3 * 86_400_000
STAMPED_AHEAD = "message.timestamp.after.max.ms"
GAP = 3  # the partition of which records are removed
log = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def scene(java: None, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with watched(tmp_path_factory.mktemp("alerts"), postgres) as made:
        yield made


@pytest.fixture(autouse=True)
def quiet(scene: Scene) -> None:
    """Begin where nothing of stream and landing fires, and nothing has arrived."""
    wait_for(
        lambda: not [name for name in scene.prometheus.firing() if name.startswith(("Stream", "Landing"))],
        lambda: f"quiet; there are {sorted(scene.prometheus.firing())}",
    )
    scene.prometheus.forget()


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
    wait_for(scene.revived, "workers that live")
    assert scene.answered_once(sent)
    assert not any("another live worker" in worker.log.read_text() for worker in scene.workers)


def test_the_broker_stands_still(scene: Scene) -> None:
    process = scene.guarded.node.process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    since = time.monotonic()
    try:
        scene.expect("StreamOutage", "StreamNotReady", since=since)
    finally:
        process.send_signal(signal.SIGCONT)
    wait_for(scene.revived, "workers that live")
    assert scene.answered_once(scene.feed(300))


def test_a_worker_is_frozen_and_its_partitions_are_read_by_nobody(scene: Scene) -> None:
    frozen = scene.workers[1]
    frozen.injure(signal.SIGSTOP)
    since = time.monotonic()
    try:
        sent = scene.feed(600)
        scene.expect("StreamPartitionsUnread", "StreamProgramDown", since=since)
        wait_for(lambda: any(scene.prometheus.values(LAG)), "lag of the partitions that nobody reads")

        def grows() -> bool:
            sent.extend(scene.feed(2_000))
            return "StreamLagGrows" in scene.prometheus.firing()

        wait_for(grows, "growing lag")
        scene.prometheus.wait_until_arrives("StreamLagGrows")
    finally:
        frozen.injure(signal.SIGCONT)
    wait_for(scene.revived, "workers that live")
    assert scene.answered_once(sent)


def is_other(scene: Scene, query: str, known: list[float]) -> bool:
    """Return whether a query without scaled times gives something, and not what is known."""
    return scene.unscaled.values(query) not in ([], known)


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
        wait_for(partial(is_other, scene, started, before), f"scrape of start {number}")
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
    wait_for(scene.revived, "workers that live")


def test_many_records_are_no_transactions(scene: Scene) -> None:
    since = time.monotonic()
    send_records(scene.servers, records(600, poison_every=3))
    scene.expect("StreamManyDeadLetters", since=since)


def test_partitions_hold_nothing_but_poison(scene: Scene) -> None:
    since = time.monotonic()
    send_records(scene.servers, records(4_000, poison_every=1))
    scene.expect("StreamPartitionPaused", since=since)
    assert any("no partition paused" in scene.missing(worker) for worker in scene.workers)
    before = scene.prometheus.values(LAG)[0]
    send_records(scene.servers, records(600))
    wait_for(lambda: scene.prometheus.values(LAG)[0] > before, "lag of the partitions that are paused")
    done = run_command("dlq", "resume", directory=scene.folder, variables={BOOTSTRAP: scene.servers})
    assert done.code == 0, done.stderr
    scene.prometheus.wait_until_silent("StreamPartitionPaused")


def test_what_comes_for_a_table_is_rejected(scene: Scene) -> None:
    since = time.monotonic()

    def rejects() -> bool:
        send(scene.servers, FEEDBACK.name, ["{"] * 20)
        return "LandingManyRejects" in scene.prometheus.firing()

    wait_for(rejects, "LandingManyRejects")
    scene.prometheus.wait_until_arrives("LandingManyRejects")
    log.warning("LandingManyRejects: %.1f s after the first, durations divided by %d", time.monotonic() - since, FACTOR)


def test_topics_refuse_what_became_of_records(scene: Scene) -> None:
    # As on a cluster from before Kafka 4: what comes in may be stamped as it likes, what goes out may not.
    scene.guarded.configure(TRANSACTIONS.name, STAMPED_AHEAD, str(2**63 - 1))
    set_at = time.monotonic()
    producer = Producer({"bootstrap.servers": scene.servers, "log_level": 0})

    def stamp(count: int) -> int:
        """Send transactions, a fifth of them stamped three days ahead; return how many the broker took."""
        taken: list[Message] = []
        for number, (key, value) in enumerate(records(count)):
            at = int(time.time() * 1_000) + (AHEAD_MS if number % 5 == 0 else 0)
            heard = lambda error, sent: taken.append(sent) if error is None else None  # noqa: E731
            producer.produce(TRANSACTIONS.name, value, key, timestamp=at, on_delivery=heard)
        assert producer.flush(patience_seconds()) == 0
        return len(taken)

    wait_for(lambda: stamp(1) == 1, "record that the topic takes")  # the broker hears of a setting a little later
    since = time.monotonic()
    scene.expect("StreamRecordsUnproducible", since=since)
    since = time.monotonic()

    def many() -> bool:
        stamp(20)
        return "StreamTransactionsAbort" in scene.prometheus.firing()

    wait_for(many, "StreamTransactionsAbort", every_seconds=1.0)  # no faster than workers find them one by one
    scene.prometheus.wait_until_arrives("StreamTransactionsAbort")
    log.warning("StreamTransactionsAbort: %.1f s after the first, divided by %d", time.monotonic() - since, FACTOR)
    assert scene.answered_once(scene.feed(300))
    scene.expect("StreamTopicSettings", since=set_at)  # workers look once a minute, and while they run
    scene.guarded.configure(TRANSACTIONS.name, STAMPED_AHEAD, None)
    scene.prometheus.wait_until_silent("StreamTopicSettings")


def test_an_open_transaction_holds_positions(scene: Scene) -> None:
    guest = Worker("alert-2", scene.servers, scene.folder / "alert-2.log", dict(scene.guarded.papers))
    guest.environment |= {
        "LEDGERMIND_WORKER_FAILPOINTS": "after_send_offsets:kill:1",
        "LEDGERMIND_WORKER_TRANSACTION_TIMEOUT_MS": "20000",  # the others wait 25 s for it
    }
    guest.start()
    assert guest.process is not None
    try:
        guest.wait_until_ready()
        sent = [
            address  # in every partition, since those of the guest are a few
            for partition in range(TRANSACTIONS.partitions)
            for address in send_records(scene.servers, records(50), partition=partition)
        ]
        assert guest.process.wait(patience_seconds()) == -signal.SIGKILL
        since = time.monotonic()
        scene.expect("StreamPositionsHeld", since=since)
    finally:
        guest.injure(signal.SIGKILL)
    wait_for(scene.revived, "workers that live")
    assert scene.answered_once(sent)
    scene.prometheus.wait_until_silent("StreamPositionsHeld")


def test_what_comes_next_was_removed_before_anybody_read_it(scene: Scene) -> None:
    readers = (*scene.workers, scene.landing)
    for reader in readers:
        reader.stop()
    unread = scene.guarded.end(TRANSACTIONS.name, GAP)
    send_records(scene.servers, records(200), partition=GAP)
    scene.guarded.remove(TRANSACTIONS.name, GAP, before=unread + 150)
    since = time.monotonic()
    for reader in readers:
        reader.start()
    scene.expect("StreamPartitionGap", "LandingPartitionGap", since=since)
    for program in ("worker", "landing"):
        words = [program, "reset", "--partition", str(GAP), "--to", "earliest", "--reason", "a test"]
        topic = ["--topic", TRANSACTIONS.name] if program == "landing" else []
        variables = {BOOTSTRAP: scene.servers, "LEDGERMIND_POSTGRES_DSN": scene.dsn}
        done = run_command(*words, *topic, directory=scene.folder, variables=variables)
        assert done.code == 0, done.stderr
    scene.prometheus.wait_until_silent("StreamPartitionGap", "LandingPartitionGap")
    wait_for(scene.revived, "workers that live")


def test_postgres_is_frozen(scene: Scene) -> None:
    since = time.monotonic()
    with scene.frozen_postgres():
        sent = scene.feed(4_000)  # with their suggestions and comparisons as many records as the rule asks for
        assert scene.answered_once(sent)
        scene.expect("LandingStuck", "LandingBehind", since=since)
    scene.prometheus.wait_until_silent("LandingStuck", "LandingBehind")
    wait_for(lambda: scene.prometheus.values("sum(lm_landing_lag)") == [0.0], "end of the landing's lag")


def test_a_process_of_a_parent_cannot_run(scene: Scene, tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1] - 1  # of the first process; the second finds its own taken
        parent = free_port()
        variables = scene.guarded.papers | {
            "LEDGERMIND_WORKER_NAME": "crew",
            "LEDGERMIND_WORKER_PORT": str(port),
            "LEDGERMIND_WORKER_SUPERVISOR_PORT": str(parent),
            "LEDGERMIND_REGISTRY": str(tmp_path / "registry"),
        }
        words = [str(Path(sys.executable).parent / "ledgermind"), "worker", "--processes", "2"]
        process = start(words, log=tmp_path / "crew.log", environment=variables)
        since = time.monotonic()
        try:
            with reported_observatory(tmp_path, {"parent": [parent]}, factor=FACTOR) as prometheus:
                scene.expect("StreamProcessDown", since=since, prometheus=prometheus)
                assert prometheus.values('lm_supervisor_process_up{process="0"}') == [1.0]
        finally:
            stop(process)


def test_no_worker_is_left(scene: Scene) -> None:
    since = time.monotonic()
    for worker in scene.workers:
        worker.stop()
    scene.expect("StreamOutage", "StreamProgramDown", since=since)
    wait_for(scene.revived, "workers that live")


def test_transactions_is_made_anew(scene: Scene) -> None:
    since = time.monotonic()
    new = make_anew(scene.servers)
    scene.expect("StreamTopicMadeAnew", since=since)
    sent = scene.feed(300)  # to offsets that the topic before had, too: the topic's id tells them apart

    def suggested() -> list[str]:
        events = (json.loads(message.value() or b"") for message in read_committed(scene.servers, SUGGESTIONS.name))
        return sorted(event["event_id"] for event in events if event["event_id"].startswith(f"{new}-"))

    expected = sorted(f"{new}-{partition}-{offset}" for partition, offset in sent)
    wait_for(lambda: len(suggested()) >= len(expected), "answers to the new topic", every_seconds=1.0)
    assert suggested() == expected
