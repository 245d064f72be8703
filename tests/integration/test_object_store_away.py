"""Object store away: a worker that loaded its release from S3 serves on without the store, and loads the next later."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.kafka.topics import create_topics
from ops.local.broker import open_broker
from ops.local.ports import LOOPBACK, free_port
from ops.patience import wait_for
from schemas.contracts.topics import DEAD_LETTERS, SUGGESTIONS
from schemas.events.rollout import ArmPolicy
from streams.process.codec import encode_event
from streams.rollout.change import Change
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings
from tests.support.kafka_io import send_records
from tests.support.s3_server import BUCKET, running, variables
from tests.support.small_dataset import release, renamed, transactions
from tests.support.topic import read_committed
from tests.support.worker_processes import Worker

pytestmark = pytest.mark.integration
OLD, NEW = "202601010000-old", "202602010000-new"
SENT = 200


class Scene:
    """A broker, an S3 server that comes and goes, and a worker whose registry is its bucket."""

    def __init__(self, bootstrap_servers: str, folder: Path) -> None:
        self.bootstrap_servers = bootstrap_servers
        self._folder = folder
        self._port = free_port()
        self._server = ExitStack()
        self.open_store()
        self.put(OLD, renamed(OLD))
        here = {"LEDGERMIND_REGISTRY": f"s3://{BUCKET}", "SUGGEST_USE_MODEL_CANARY": "100"}
        self.worker = Worker("away", bootstrap_servers, folder / "worker.log", here | variables(self._port))

    def open_store(self) -> None:
        """Start the server, on the same port and files each time."""
        self._server.enter_context(running(self._folder, port=self._port))

    def close_store(self) -> None:
        """End the server."""
        self._server.close()

    def put(self, version: str, files: Mapping[str, bytes]) -> None:
        """Put a release where the server keeps its objects."""
        place = self._folder / "data" / BUCKET / version
        place.mkdir(parents=True)
        for name, content in files.items():
            (place / name).write_bytes(content)

    def answered(self) -> list[str | None]:
        """Return the release that each suggestion names, in no order."""
        return [
            json.loads(message.value())["model_version"]
            for message in read_committed(self.bootstrap_servers, SUGGESTIONS.name)
        ]

    def score(self) -> list[str | None]:
        """Send some transactions; return the releases that their suggestions name."""
        before = len(self.answered())
        events, _ = transactions(SENT)
        send_records(self.bootstrap_servers, [(event.user_id.encode(), encode_event(event)) for event in events])
        wait_for(lambda: len(self.answered()) == before + SENT, f"{SENT} suggestions more than {before}")
        return self.answered()

    def said(self, event: str) -> list[dict[str, object]]:
        """Return the worker's log lines of one event."""
        lines = (line for line in self.worker.log.read_text().splitlines() if line.startswith("{"))
        return [found for line in lines if (found := json.loads(line))["event"] == event]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Return the scene with a worker that serves the old release."""
    release()  # trained before anything waits
    with open_broker("embedded", directory=tmp_path) as broker:
        create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
        scene = Scene(broker.bootstrap_servers, tmp_path)
        scene.worker.start()
        try:
            scene.worker.wait_until_ready()
            yield scene
        finally:
            scene.worker.stop()
            scene.close_store()


@pytest.mark.slow
def test_a_store_that_goes_away_stops_no_worker(scene: Scene) -> None:
    assert OLD in scene.score()
    scene.close_store()
    scene.put(NEW, renamed(NEW))
    assert scene.score().count(OLD) > SENT // 2
    now = datetime.fromtimestamp(time.time(), UTC)
    change = Change(actor="test", reason="try it", canary=ArmPolicy(NEW))
    record = Writer(KafkaSettings(bootstrap_servers=scene.bootstrap_servers)).change(change, now=now)
    wait_for(lambda: scene.said("release_refused"), "the worker to refuse what it cannot load")
    (refused,) = scene.said("release_refused")
    assert refused["model_version"] == NEW
    assert LOOPBACK in str(refused["reason"])
    assert "\n" not in str(refused["reason"])
    assert scene.worker.metrics()["lm_rollout_version"] == 0
    assert NEW not in scene.score()
    scene.open_store()
    wait_for(lambda: scene.worker.metrics()["lm_rollout_version"] == record.version, "the new release in force")
    assert NEW in scene.score()
    assert read_committed(scene.bootstrap_servers, DEAD_LETTERS.name) == []
    assert scene.worker.starts == 1
    assert scene.worker.alive
