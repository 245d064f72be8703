"""The shipped rules as they are: rights are lost, and what fires fires after the minutes that the page names."""

import logging
import time
from pathlib import Path

import pytest

from ops.patience import VARIABLE, wait_for
from schemas.contracts.topics import TRANSACTIONS
from tests.chaos.guarded import guarded_kafka
from tests.integration.test_worker import records
from tests.support.kafka_io import send_records
from tests.support.observatory import observatory
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.kafka, pytest.mark.soak]
AFTER_MINUTES = {"StreamRightsLost": 1, "StreamNotReady": 3, "StreamNoCommits": 5}
log = logging.getLogger(__name__)


@pytest.mark.timeout(3_000)
def test_each_alert_comes_in_its_own_time(java: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "6")  # a quarter of an hour is waited for here
    with guarded_kafka(tmp_path / "kafka") as guarded:
        worker = Worker("unscaled", guarded.node.bootstrap_servers, tmp_path / "worker.log", guarded.papers)
        worker.start()
        try:
            worker.wait_until_ready()
            with observatory(tmp_path, {"worker": [worker.port]}, factor=1) as prometheus:
                wait_for(lambda: prometheus.values("lm_stream_ready") == [1.0], "a scrape")
                guarded.deny("read", TRANSACTIONS.name)
                send_records(guarded.node.bootstrap_servers, records(100))
                since = time.monotonic()
                for name, minutes in AFTER_MINUTES.items():
                    prometheus.wait_until_fires(name)
                    log.warning("%s: %.0f s after the fault", name, time.monotonic() - since)
                    assert time.monotonic() - since >= 60 * minutes - 10
        finally:
            worker.stop()
