"""The short part of make chaos-ops: a broker that stands still is called an outage, and is none when it goes on."""

import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from ops.kafka.topics import create_topics
from ops.local.embedded_broker import Tansu
from ops.patience import patience_seconds, wait_for
from streams.settings import KafkaSettings
from tests.integration.test_worker import each_once, records, working
from tests.support.kafka_io import read_outcomes, send_records
from tests.support.observatory import observatory
from tests.support.worker_processes import Worker

pytestmark = pytest.mark.integration
FACTOR = 60  # a minute is a second
LAG = "sum(max by (partition) (lm_stream_consumer_lag))"


def missing(worker: Worker) -> str:
    """Return what /ready says is missing, empty where the worker is ready."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{worker.port}/ready", timeout=patience_seconds()).close()
    except urllib.error.HTTPError as error:
        return error.read().decode()
    return ""


def test_a_broker_that_stands_still_is_an_outage_until_it_goes_on(tmp_path: Path) -> None:
    with Tansu(tmp_path) as broker:
        create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
        worker = Worker("watched", broker.bootstrap_servers, tmp_path / "worker.log")
        with working(worker), observatory(tmp_path, {"worker": [worker.port]}, factor=FACTOR) as prometheus:
            sent = send_records(broker.bootstrap_servers, records(300))
            assert each_once(read_outcomes(broker.bootstrap_servers, sent))
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
