"""Both brokers carry a record, end with the command that started them, and Apache Kafka keeps what it has taken."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.errors import BrokerError, UsageError
from ops.local.apache_kafka import ApacheKafka
from ops.local.broker import REACH_SECONDS, Broker, open_broker
from ops.local.ports import LOOPBACK, free_port, is_open
from tests.support.kafka_io import send
from tests.support.process_tree import descendants, wait_until_gone
from tests.support.topic import read_committed

pytestmark = pytest.mark.integration

HOLDER = """
import sys, time
from pathlib import Path
from ops.local.broker import open_broker
with open_broker(sys.argv[1], directory=Path(sys.argv[2])) as broker:
    print(broker.bootstrap_servers, flush=True)
    time.sleep(600)
"""


@pytest.fixture(params=[pytest.param("embedded"), pytest.param("kafka", marks=pytest.mark.kafka)])
def spec(request: pytest.FixtureRequest) -> str:
    """Return the name of each broker in turn."""
    if request.param == "kafka":
        request.getfixturevalue("java")
    return str(request.param)


def test_a_broker_starts_carries_a_record_and_leaves_nothing(
    spec: str, tmp_path: Path, new_topic: Callable[..., str]
) -> None:
    before = descendants(os.getpid())
    with open_broker(spec, directory=tmp_path) as broker:
        topic = new_topic(broker)
        send(broker.bootstrap_servers, topic, ["one", "two"])
        assert values(broker.bootstrap_servers, topic) == ["one", "two"]
        assert broker.kind == spec
        assert len(descendants(os.getpid()) - before) == 1
    assert descendants(os.getpid()) == before
    assert not is_open(int(broker.bootstrap_servers.rpartition(":")[2]))
    assert not list(tmp_path.rglob("data"))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_broker_ends_with_its_command_however_that_ends(spec: str, number: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, spec, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as holder:
        assert holder.stdout is not None
        port = int(holder.stdout.readline().rpartition(":")[2])
        children = descendants(holder.pid)
        assert children
        assert is_open(port)
        holder.send_signal(number)
        holder.wait(20)
    wait_until_gone(children)
    assert not is_open(port)


@pytest.mark.kafka
def test_kafka_keeps_its_records_through_a_kill_on_the_same_port(
    start_kafka: Callable[..., ApacheKafka], new_topic: Callable[..., str]
) -> None:
    node = start_kafka()
    address, topic = node.bootstrap_servers, new_topic(node)
    send(address, topic, [str(number) for number in range(100)])
    node.kill()
    assert not is_open(int(address.rpartition(":")[2]))
    node.start()
    assert node.bootstrap_servers == address
    send(address, topic, ["after"])
    assert values(address, topic) == [*(str(number) for number in range(100)), "after"]


def test_a_broker_that_runs_already_is_used_and_left_running(embedded_broker: Broker, tmp_path: Path) -> None:
    with open_broker(embedded_broker.bootstrap_servers, directory=tmp_path) as found:
        assert (found.kind, found.bootstrap_servers) == ("address", embedded_broker.bootstrap_servers)
    assert is_open(int(embedded_broker.bootstrap_servers.rpartition(":")[2]))


def test_an_address_where_nobody_answers_is_said_in_one_line(tmp_path: Path) -> None:
    started_at = time.monotonic()
    with pytest.raises(BrokerError, match=r"no broker answers at 127.0.0.1:\d+ .*BROKER=embedded") as caught:
        open_broker(f"{LOOPBACK}:{free_port()}", directory=tmp_path).__enter__()
    assert time.monotonic() - started_at < 2 * REACH_SECONDS
    assert "\n" not in str(caught.value)


def test_a_port_that_is_taken_meanwhile_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))  # nobody accepts there, and yet the port cannot be had
        monkeypatch.setattr("ops.local.embedded_broker.free_port", lambda: taken.getsockname()[1])
        with pytest.raises(BrokerError, match="the embedded broker ended at its start") as caught:
            open_broker("embedded", directory=tmp_path).__enter__()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("spec", ["", "kafak", "localhost", "127.0.0.1:9092 "])
def test_what_names_no_broker_is_refused(spec: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give embedded, kafka, or an address"):
        open_broker(spec, directory=tmp_path)


def test_without_java_and_jars_kafka_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGERMIND_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerError, match=r"needs a Java 17 runtime .*BROKER=embedded"):
        open_broker("kafka", directory=tmp_path).__enter__()


def test_a_broker_whose_program_does_not_run_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.local.embedded_broker.find_binary", lambda: tmp_path / "none")
    with pytest.raises(BrokerError, match=r"the embedded broker cannot be started: .*none.*BROKER=kafka"):
        open_broker("embedded", directory=tmp_path).__enter__()


@pytest.mark.kafka
def test_a_kafka_that_dies_at_its_start_is_said_in_one_line(
    java: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BrokerError, match=r"could not be prepared: .*num\.io\.threads"):
        open_broker("kafka", directory=tmp_path, properties={"num.io.threads": "0"}).__enter__()
    with socket.create_server((LOOPBACK, 0)) as taken:
        ports = iter([taken.getsockname()[1], free_port()])
        monkeypatch.setattr("ops.local.apache_kafka.free_port", lambda: next(ports))
        with pytest.raises(BrokerError, match=r"Apache Kafka ended at its start with code 1") as caught:
            open_broker("kafka", directory=tmp_path).__enter__()
    assert "\n" not in str(caught.value)


def values(address: str, topic: str) -> list[str]:
    """Return what lies on a topic of one partition."""
    return [(message.value() or b"").decode() for message in read_committed(address, topic)]
