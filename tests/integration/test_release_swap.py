"""A release is swapped under load: nothing waits, nothing is lost, and the events show the moment."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from ops.kafka.topics import create_topics
from ops.local.broker import open_broker
from ops.patience import crowding, patience_seconds, wait_for
from schemas.contracts.topics import COMPARISONS, DEAD_LETTERS, SUGGESTIONS, TRANSACTIONS
from schemas.events.rollout import ArmPolicy
from scorer.release.manifest import TEXT
from streams.process.codec import encode_event
from streams.rollout.change import Change
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings
from tests.support.small_dataset import release, renamed, transactions
from tests.support.topic import read_committed
from tests.support.worker_processes import Worker
from trainer.release.registry import Registry

pytestmark = pytest.mark.integration
RATE = 400  # records a second
MAX_SECONDS = 1.0
SLICE_MS = 100
OLD, NEW, HALF, FOREIGN = "202601010000-old", "202602010000-new", "202603010000-half", "202604010000-foreign"


class Load:
    """A steady stream of the small past's transactions, and the time each answer took to be readable."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._send), threading.Thread(target=self._read)]
        self.sent = 0
        self.waits: list[tuple[int, float]] = []  # record's timestamp in ms, seconds until its answer could be read

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Send no more, and wait until every answer was read."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        producer = Producer(
            {
                "bootstrap.servers": self._bootstrap_servers,
                "linger.ms": 1,
                "partitioner": "murmur2_random",
                "log_level": 0,
            }
        )
        rows, _ = transactions()
        due = time.monotonic()
        while not self._stopping.is_set():
            row = rows[self.sent % len(rows)]
            producer.produce(TRANSACTIONS.name, encode_event(row), row.user_id.encode())
            self.sent += 1
            due += 1 / RATE
            producer.poll(max(0.0, due - time.monotonic()))
            while self.backlog > RATE and not self._stopping.is_set():  # a slow machine slows the stream down
                producer.poll(0.01)
                due = time.monotonic()
        assert producer.flush(patience_seconds()) == 0

    def _read(self) -> None:
        reader = Consumer(
            {
                "bootstrap.servers": self._bootstrap_servers,
                "group.id": "stopwatch",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 10,
                "log_level": 0,
            }
        )
        reader.assign([TopicPartition(SUGGESTIONS.name, number, 0) for number in range(SUGGESTIONS.partitions)])
        moved_at = time.monotonic()
        while not self._stopping.is_set() or (self.backlog and time.monotonic() - moved_at < patience_seconds()):
            for message in reader.consume(500, 0.02):
                if message.error() is None:
                    _, sent_ms = message.timestamp()  # an answer carries its record's own time
                    self.waits.append((sent_ms, time.time() - sent_ms / 1_000))
                    moved_at = time.monotonic()
        reader.close()

    @property
    def backlog(self) -> int:
        """How many records have no answer yet."""
        return self.sent - len(self.waits)

    def is_steady(self) -> bool:
        """Whether answers keep up with the records; a broker's first transactions take long."""
        return len(self.waits) > 2 * RATE and self.backlog < RATE / 4

    def longest_usual_wait(self, *, first: int, last: int | None = None) -> float:
        """Return the longest of the medians of every tenth of a second: one late thread is the machine's doing."""
        slices = defaultdict(list)
        for sent_ms, seconds in self.waits[first:last]:
            slices[sent_ms // SLICE_MS].append(seconds)
        return max(median(found) for found in slices.values())


class Stage:
    """One broker, one worker with the old release at 100 %, and the registry that both sides see."""

    def __init__(self, bootstrap_servers: str, directory: Path) -> None:
        self.bootstrap_servers = bootstrap_servers
        self.registry = Registry(str(directory / "registry"))
        self.registry.write(OLD, renamed(OLD))
        self.worker = Worker(
            "swapped",
            bootstrap_servers,
            directory / "worker.log",
            {"LEDGERMIND_REGISTRY": self.registry.location, "SUGGEST_USE_MODEL_CANARY": "100"},
        )

    def name_release(self, version: str) -> int:
        """Write a record that gives the canary this release, as one would who did not look; return its version."""
        change = Change(actor="test", reason=f"try {version}", canary=ArmPolicy(version))
        return Writer(KafkaSettings(bootstrap_servers=self.bootstrap_servers)).change(change, now=now()).version

    def said(self, event: str) -> list[dict[str, object]]:
        """Return the worker's log lines of one event."""
        lines = (line for line in self.worker.log.read_text().splitlines() if line.startswith("{"))
        return [found for line in lines if (found := json.loads(line))["event"] == event]

    def served_version(self) -> float:
        """Return the version of the rollout record that the worker serves by."""
        return self.worker.metrics()["lm_rollout_version"]


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


@pytest.fixture(params=[pytest.param("embedded"), pytest.param("kafka", marks=pytest.mark.kafka)])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Return a worker that serves the old release, on each broker in turn."""
    if request.param == "kafka":
        request.getfixturevalue("java")
    release()  # trained before the clock runs
    with open_broker(request.param, directory=tmp_path) as broker:
        create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
        stage = Stage(broker.bootstrap_servers, tmp_path)
        stage.worker.start()
        try:
            stage.worker.wait_until_ready()
            yield stage
        finally:
            stage.worker.stop()


def has_refused(stage: Stage, times: int) -> bool:
    return len(stage.said("rollout_refused")) == times


@pytest.mark.slow
def test_a_release_is_swapped_under_load_and_a_broken_one_is_not(stage: Stage) -> None:
    load = Load(stage.bootstrap_servers)
    load.start()
    try:
        wait_for(load.is_steady, "steady load")
        begun = len(load.waits)
        wait_for(lambda: len(load.waits) > begun + 2 * RATE, "quiet time")
        first = len(load.waits)
        stage.registry.write(HALF, half_written())
        stage.registry.write(FOREIGN, renamed(FOREIGN, taxonomy_version="0.9"))
        for refusals, broken in enumerate((HALF, FOREIGN), start=1):
            stage.name_release(broken)
            wait_for(partial(has_refused, stage, refusals), f"refusal of {broken}")
            assert stage.served_version() == 0
        stage.registry.write(NEW, renamed(NEW))
        asked_ms = int(time.time() * 1_000)
        version = stage.name_release(NEW)
        wait_for(lambda: stage.served_version() == version, f"record {version} in force")
        served_ms = int(time.time() * 1_000)
        seen = len(load.waits)
        wait_for(lambda: len(load.waits) > seen + RATE, "answers of the new release")
    finally:
        load.stop()

    longest, usual = max(seconds for _, seconds in load.waits[first:]), load.longest_usual_wait(first=first)
    print(f"{load.sent - first} records, longest wait {longest:.3f} s, longest usual wait {usual:.3f} s")  # noqa: T201
    quiet, followed = load.longest_usual_wait(first=begun, last=first), (served_ms - asked_ms) / 1_000
    print(f"followed {followed:.2f} s after the record was asked for, longest usual wait before {quiet:.3f} s")  # noqa: T201
    # Who had to wait for the loading would wait as long as it takes; what any record waits here is the machine's doing.
    assert usual < max(MAX_SECONDS * crowding(), followed, 2 * quiet)

    half, foreign = (str(said["reason"]) for said in stage.said("release_refused"))
    assert f"{TEXT}: was changed after the release was written" in half
    assert "taxonomy 0.9 is not this program's" in foreign
    suggestions = [
        (message, json.loads(message.value())) for message in read_committed(stage.bootstrap_servers, SUGGESTIONS.name)
    ]
    comparisons = [json.loads(message.value()) for message in read_committed(stage.bootstrap_servers, COMPARISONS.name)]
    assert read_committed(stage.bootstrap_servers, DEAD_LETTERS.name) == []
    inputs = {
        (message.partition(), message.offset())
        for message in read_committed(stage.bootstrap_servers, TRANSACTIONS.name)
    }
    answered = {str(event["event_id"]): scored_by(event) for event in comparisons}
    assert len(inputs) == load.sent == len(suggestions) == len(comparisons) == len(answered)
    assert {address(event["event_id"]) for _, event in suggestions} == inputs

    by_user = defaultdict(list)
    for _, event in sorted(suggestions, key=lambda pair: (pair[0].partition(), pair[0].offset())):
        by_user[event["user_id"]].append(event)
    for events in by_user.values():
        offsets = [address(event["event_id"])[1] for event in events]
        assert offsets == sorted(offsets)
        models = [answered[event["event_id"]] for event in events]
        assert models == [OLD] * models.count(OLD) + [NEW] * models.count(NEW)
        assert models.count(OLD) > 0
        assert models.count(NEW) > 0
        for event, model in zip(events, models, strict=True):
            assert event["model_version"] in (model, None)  # null where the rules answered for an unsure model
            assert event["rollout_version"] == (version if model == NEW else 0)
            at_ms = datetime.fromisoformat(event["suggested_at"]).timestamp() * 1_000
            assert (at_ms >= asked_ms) if model == NEW else (at_ms <= served_ms + 1_000 * max(MAX_SECONDS, longest))
    served = {event["model_version"] for _, event in suggestions}
    assert {OLD, NEW} <= served <= {OLD, NEW, None}


def half_written() -> dict[str, bytes]:
    """Return a release whose copying was cut short: the manifest is there, one file ends in its middle."""
    files = renamed(HALF)
    return files | {TEXT: files[TEXT][: len(files[TEXT]) // 2]}


def address(event_id: str) -> tuple[int, int]:
    """Return partition and offset of the input record that an event is about."""
    _, partition, offset = event_id.rsplit("-", 2)
    return int(partition), int(offset)


def scored_by(comparison: dict[str, list[dict[str, str]]]) -> str:
    """Return the version of the model that was asked for the canary."""
    (version,) = [answer["version"] for answer in comparison["answers"] if answer["role"] == "challenger"]
    return version
