"""Each alert of model, rollout and objectives, fired by what it speaks of: workers and a judge at work.

Weeks are seconds here: the rules differ from the shipped ones in their durations alone.
"""

import logging
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer

from ops.kafka.topics import create_topics
from ops.local.broker import open_broker
from ops.local.ports import free_port
from ops.local.process import start, stop
from ops.patience import patience_seconds, wait_for
from schemas.contracts.topics import ROLLOUT_STATE
from schemas.events.rollout import ArmPolicy
from schemas.hash_chain import hash_json
from schemas.taxonomy import CATEGORIES
from streams.rollout.change import Change
from streams.rollout.follower import read_history
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings
from tests.integration.test_judge import POLICY
from tests.integration.test_release_swap import Load, now
from tests.promises.program import run_command
from tests.support.builders import next_rollout
from tests.support.observatory import Observatory, reported_observatory
from tests.support.small_dataset import release, renamed
from tests.support.worker_processes import Worker
from trainer.release.registry import Registry

pytestmark = [pytest.mark.integration, pytest.mark.chaos_ops]
FACTOR = 60_480  # a week is ten seconds
FIRST, SECOND = "202601150000-first", "202602150000-second"
# Everything is cash to these rules, and nothing to the model: they differ wherever both name a category.
RULES = """
name: all-cash
version: "1.0"
rules:
  - {id: cash, category: Cash, priority: 10, confidence: 0.9, when: {amount: {sign: outflow}}}
"""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scene:
    """Two workers with registries of their own, a judge, a steady load, and Prometheus over all of it."""

    folder: Path
    kafka: KafkaSettings
    workers: tuple[Worker, Worker]
    registries: tuple[Registry, Registry]
    load: Load
    prometheus: Observatory

    def rollout(self, *words: str) -> None:
        """Change the rollout record."""
        done = run_command(
            "rollout", *words, "--reason", "a test",
            directory=self.folder,
            variables={
                "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
                "LEDGERMIND_REGISTRY": self.registries[0].location,
            },
        )  # fmt: skip
        assert done.code == 0, done.stderr

    def share(self, percent: int, *words: str) -> None:
        """Move the canary's share without asking the judge."""
        self.rollout("set", str(percent), "--override", "a test", *words)

    def delay(self, milliseconds: int) -> None:
        """Make each call of a model take so much longer; 0 is as it was."""
        file = self.folder / "delay"
        if milliseconds:
            file.write_text(str(milliseconds))
        else:
            file.unlink(missing_ok=True)

    def expect(self, *names: str, since: float) -> None:
        """Wait for each alert, and log how long it took."""
        for name in names:
            self.prometheus.wait_until_fires(name)
            log.warning("%s: %.1f s after its cause, durations divided by %d", name, time.monotonic() - since, FACTOR)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    release()  # trained before the clock runs
    folder = tmp_path_factory.mktemp("model-alerts")
    (folder / "rules.yml").write_text(RULES)
    registries = (Registry(str(folder / "registry-0")), Registry(str(folder / "registry-1")))
    for registry in registries:
        registry.write(FIRST, renamed(FIRST))
    with ExitStack() as stack:
        broker = stack.enter_context(open_broker("embedded", directory=folder))
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
        create_topics(kafka)
        workers = tuple(
            Worker(
                f"model-{number}",
                broker.bootstrap_servers,
                folder / f"model-{number}.log",
                {
                    "LEDGERMIND_REGISTRY": registry.location,
                    "LEDGERMIND_WORKER_RULES_FILE": str(folder / "rules.yml"),
                    "LEDGERMIND_WORKER_MODEL_DELAY_FILE": str(folder / "delay"),
                    "SUGGEST_USE_MODEL_CANARY": "50",
                },
            )
            for number, registry in enumerate(registries)
        )
        for worker in workers:
            worker.start()
            stack.callback(worker.stop)
        for worker in workers:
            worker.wait_until_ready()
        judge = free_port()
        ports = {"worker": [worker.port for worker in workers], "judge": [judge]}
        prometheus = stack.enter_context(reported_observatory(folder, ports, factor=FACTOR))
        # A judge that finds no numbers can decide nothing.
        (folder / "quick.yml").write_text(POLICY.replace("stable_days: 30", "stable_days: 0"))
        words = ["rollout", "judge", "--service", "--port", str(judge), "--prometheus", "http://127.0.0.1:1"]
        nowhere = ["--policy", str(folder / "quick.yml"), "--dsn", "postgresql://127.0.0.1:1/x"]
        judging = start(
            [str(Path(sys.executable).parent / "ledgermind"), *words, *nowhere],
            log=folder / "judge.log",
            environment={
                "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
                "LEDGERMIND_REGISTRY": registries[0].location,
            },
        )
        stack.callback(stop, judging)
        load = Load(broker.bootstrap_servers)
        load.start()
        stack.callback(load.stop)
        made = Scene(folder, kafka, (workers[0], workers[1]), registries, load, prometheus)
        wait_for(load.is_steady, "steady answers")
        yield made


def test_rules_and_model_differ_and_the_canary_stays_where_it_is(scene: Scene) -> None:
    scene.expect("MLHighDisagreement", "RolloutUndecided", "RolloutInconclusive", since=time.monotonic())


def test_a_muted_model_answers_too_little(scene: Scene) -> None:
    since = time.monotonic()
    scene.share(50, *(word for category in CATEGORIES for word in ("--mute", category.value)))
    scene.expect("MLLowCoverage", "MLFallbackSpike", since=since)
    scene.share(50, *(word for category in CATEGORIES for word in ("--unmute", category.value)))
    scene.prometheus.wait_until_silent("MLLowCoverage", "MLFallbackSpike")


def test_a_model_is_slow_and_then_too_slow(scene: Scene) -> None:
    since = time.monotonic()
    scene.delay(200)
    scene.expect("MLPredictLatencyHigh", since=since)
    since = time.monotonic()
    scene.delay(400)
    scene.expect("MLModelUnavailable", since=since)
    scene.delay(0)
    scene.prometheus.wait_until_silent("MLPredictLatencyHigh", "MLModelUnavailable")


def test_a_worker_that_stood_still_scored_late(scene: Scene) -> None:
    since = time.monotonic()
    for worker in scene.workers:
        worker.injure(signal.SIGSTOP)
    wait_for(lambda: time.monotonic() - since > 4.0, "four seconds in which nothing is scored")
    for worker in scene.workers:
        worker.injure(signal.SIGCONT)
    scene.expect("SLOScoredFastBurn", "SLOScoredSlowBurn", since=since)


def test_a_release_lies_in_one_registry_only(scene: Scene) -> None:
    scene.registries[0].write(SECOND, renamed(SECOND))
    since = time.monotonic()
    change = Change(actor="test", reason="a release that one worker has", canary=ArmPolicy(SECOND))
    Writer(scene.kafka).change(change, now=now())
    scene.expect("ReleaseRefused", "RolloutVersionsDiffer", since=since)
    scene.registries[1].write(SECOND, renamed(SECOND))


def test_a_canary_is_taken_back(scene: Scene) -> None:
    since = time.monotonic()
    scene.rollout("rollback")
    scene.expect("RolloutRolledBack", since=since)


def test_something_else_lies_on_the_rollouts_topic(scene: Scene) -> None:
    producer = Producer({"bootstrap.servers": scene.kafka.bootstrap_servers, "log_level": 0})
    last = read_history(scene.kafka).latest
    assert last is not None
    newer = msgspec.to_builtins(next_rollout(last)) | {"segments": {"gold": "100.00"}}
    since = time.monotonic()
    for value in (b"hello", msgspec.json.encode(newer | {"hash": hash_json(newer)})):
        producer.produce(ROLLOUT_STATE.name, value, partition=0)
    assert producer.flush(patience_seconds()) == 0
    scene.expect("RolloutStateFindings", "RolloutRecordUnreadable", since=since)
    scene.rollout("repair")
    scene.prometheus.wait_until_silent("RolloutStateFindings", "RolloutRecordUnreadable")


def test_nothing_is_scored(scene: Scene) -> None:
    since = time.monotonic()
    scene.load.stop()
    scene.expect("MLNothingScored", since=since)
