"""The short part of make chaos-ops: dashboards that show, and an outage that is called one until it is over."""

import re
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ops.kafka.topics import create_topics
from ops.local.embedded_broker import Tansu
from ops.patience import patience_seconds, wait_for
from streams.settings import KafkaSettings
from tests.contracts.test_dashboards import DASHBOARDS, SELECTOR, queries
from tests.integration.test_worker import each_once, records, working
from tests.support.kafka_io import read_outcomes, send_records
from tests.support.observatory import Observatory, observatory
from tests.support.worker_processes import Worker

pytestmark = pytest.mark.integration
FACTOR = 60  # a minute is a second
LAG = "sum(max by (partition) (lm_stream_consumer_lag))"
MATCHERS = re.compile(r"\{[^}]*\}")
COMPARES = re.compile(r"[<>]|==|!=")  # what it leaves out may be all


@dataclass(frozen=True, slots=True)
class Watched:
    """A broker, a worker that has answered records, and a Prometheus over it."""

    broker: Tansu
    worker: Worker
    prometheus: Observatory


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    with Tansu(folder) as broker:
        create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
        worker = Worker("watched", broker.bootstrap_servers, folder / "worker.log")
        with working(worker), observatory(folder, {"worker": [worker.port]}, factor=FACTOR) as prometheus:
            sent = send_records(broker.bootstrap_servers, records(300))
            assert each_once(read_outcomes(broker.bootstrap_servers, sent))
            yield Watched(broker, worker, prometheus)


def missing(worker: Worker) -> str:
    """Return what /ready says is missing, empty where the worker is ready."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{worker.port}/ready", timeout=patience_seconds()).close()
    except urllib.error.HTTPError as error:
        return error.read().decode()
    return ""


def test_prometheus_answers_every_query_of_a_dashboard_and_shows_what_a_worker_exports(watched: Watched) -> None:
    exported = {sample.partition("{")[0] for sample in watched.worker.metrics()} | {"up"}
    asked = [query for file in DASHBOARDS for query in queries(file)]
    of_a_worker = [
        query
        for query in asked
        if {name for name, _ in SELECTOR.findall(query)} <= exported and not COMPARES.search(MATCHERS.sub("", query))
    ]
    assert of_a_worker

    def empty() -> list[str]:
        found = {query: watched.prometheus.values(query) for query in asked}  # what it cannot read, it refuses
        return [query for query in of_a_worker if not found[query]]

    wait_for(lambda: not empty(), lambda: f"samples of {empty()}", every_seconds=1.0)


@pytest.mark.slow
def test_a_broker_that_stands_still_is_an_outage_until_it_goes_on(watched: Watched) -> None:
    broker, worker, prometheus = watched.broker, watched.worker, watched.prometheus
    wait_for(lambda: prometheus.values(LAG) == [0.0], lambda: f"no lag: {prometheus.values(LAG)}")
    prometheus.wait_until_silent("StreamOutage", "StreamNotReady")
    assert missing(worker) == ""
    assert broker.process is not None
    broker.process.send_signal(signal.SIGSTOP)
    try:
        prometheus.wait_until_fires("StreamOutage")
        prometheus.wait_until_fires("StreamNotReady")
        assert "broker answers" in missing(worker)
        assert prometheus.values("up") == [1.0]
    finally:
        broker.process.send_signal(signal.SIGCONT)
    prometheus.wait_until_silent("StreamOutage", "StreamNotReady")
    assert missing(worker) == ""
