"""The compose file, run: a worker and the landing are killed, and all adds up; an alert finds its way."""

import json
import os
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ops.kafka.topics import create_topics
from ops.local.kafka_jars import version
from ops.patience import patience_seconds, wait_for
from streams.settings import KafkaSettings
from tests.conftest import ROOT, Run
from tests.contracts.test_dashboards import DASHBOARDS, queries
from tests.integration.test_worker import each_once, records
from tests.support.kafka_io import read_outcomes, send_records

RECORDS = 3_000
PROJECT = "ledgermind-test"
OUTSIDE = "127.0.0.1:19092"
HEALTHY = {
    "kafka", "postgres", "worker-1", "worker-2", "landing", "warehouse", "freshness", "retrain", "judge", "prometheus",
    "alertmanager", "console",
}  # fmt: skip
LANDED = """
    select (select count(*) from raw.transactions) + (select count(*) from raw.rejects),
           (select count(*) from raw.suggestion_events), (select count(*) from raw.suggestion_compare)
"""

Compose = Callable[..., str]


def compose_command() -> list[str]:
    """Return Docker's own compose, or the older program of that name."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    return ["docker", "compose"]


@pytest.fixture(scope="module")
def compose(docker_engine: None) -> Iterator[Compose]:
    environment = {**os.environ, "POSTGRES_PASSWORD": "of a test", "COMPOSE_PROJECT_NAME": PROJECT}

    def run(*words: str) -> str:
        command = [*compose_command(), "-f", str(ROOT / "docker-compose.yml"), *words]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=patience_seconds(), check=False
        )
        assert done.returncode == 0, done.stderr[-2_000:]
        return done.stdout

    run("up", "-d")
    try:
        yield run
    finally:
        run("down", "--volumes")


def asked(address: str) -> Any:
    """Return what a page of JSON holds."""
    with urllib.request.urlopen(address, timeout=patience_seconds()) as answer:
        return json.load(answer)


def prometheus(query: str) -> list[float]:
    """Return the values of an instant query; raises HTTPError where Prometheus does not understand it."""
    found = asked(f"http://127.0.0.1:9090/api/v1/query?{urllib.parse.urlencode({'query': query})}")
    return [float(row["value"][1]) for row in found["data"]["result"]]


def told_of(program: str) -> set[str]:
    """Return the receivers to whom Alertmanager routes that a program is down."""
    found = asked("http://127.0.0.1:9093/api/v2/alerts?active=true")
    down = [one for one in found if one["labels"] | {"alertname": "StreamProgramDown", "job": program} == one["labels"]]
    return {to["name"] for one in down for to in one["receivers"]}


def healthy() -> set[str]:
    """Return the services whose own check says that they are well."""
    words = ["ps", "--filter", f"label=com.docker.compose.project={PROJECT}", "--filter", "health=healthy"]
    labels = ["--format", '{{.Label "com.docker.compose.service"}}']
    return set(subprocess.run(["docker", *words, *labels], capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.containers
def test_the_stack_survives_kills_and_its_numbers_agree(compose: Compose, ledgermind: Run) -> None:
    kafka = KafkaSettings(bootstrap_servers=OUTSIDE)
    assert create_topics(kafka) == []  # the stack made them
    first = send_records(OUTSIDE, records(RECORDS, poison_every=100))
    compose("kill", "-s", "SIGKILL", "worker-1", "landing")
    second = send_records(OUTSIDE, records(RECORDS, poison_every=100))
    compose("up", "-d")
    assert each_once(read_outcomes(OUTSIDE, first + second))

    # In quotes only for the shell inside: the password is the test's own.
    def landed() -> bool:
        words = ("exec", "-T", "-e", "PGPASSWORD=of a test", "postgres", "psql", "-h", "127.0.0.1", "-U", "ledgermind")
        found = compose(*words, "--csv", "--tuples-only", "-c", LANDED).strip()
        return found == f"{2 * RECORDS},{2 * RECORDS * 99 // 100},{2 * RECORDS * 99 // 100}"

    wait_for(landed, "landing of all")
    wait_for(lambda: prometheus("up") == [1.0] * 5, "scrape of all five")
    wait_for(lambda: healthy() == HEALTHY, "health of all")
    assert (
        ledgermind(
            "rollout", "set", "10", "--reason", "x", "--override", "x", LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS=OUTSIDE
        ).returncode
        == 0
    )
    wait_for(lambda: prometheus('lm_rollout_percent{job="worker"}') == [10.0, 10.0], "share at both workers")


@pytest.mark.containers
def test_every_panel_is_understood_and_an_alert_arrives_where_it_is_routed(compose: Compose) -> None:
    told = asked("http://127.0.0.1:9090/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
    assert [one["url"] for one in told] == ["http://alertmanager:9093/api/v2/alerts"]
    shown = {file.stem: [bool(prometheus(query)) for query in queries(file)] for file in DASHBOARDS}
    print({name: f"{sum(data)} of {len(data)} queries have data" for name, data in shown.items()})  # noqa: T201
    assert shown["stream-health"].count(True) > len(shown["stream-health"]) // 2
    wait_for(lambda: not told_of("judge"), "peace")  # it may have been slow to come up
    compose("stop", "judge")
    wait_for(lambda: told_of("judge") == {"critical"}, "alert")


@pytest.mark.integration
def test_the_stack_runs_the_same_kafka_as_the_tests() -> None:
    assert f"apache/kafka:{version()}" in (ROOT / "docker-compose.yml").read_text()
    assert f"apache/kafka:{version()}" in (ROOT / "ops/pytest_plugin.py").read_text()
