"""Each program has an address of its own, the usual one where it is free, and hears of no other broker than its own."""

import socket
import subprocess

import pytest

from ops.local.ports import LOOPBACK
from ops.up.addresses import Addresses, Ports, base_environment, env_file

WHERE = Addresses(
    console="c", bootstrap_servers="127.0.0.1:1", postgres="postgresql:///x", workers=(), landing="l", judge="j",
    exporter="e", builds="b", registry="r", logs="logs", pid=1,
)  # fmt: skip


def test_a_port_that_somebody_has_is_left_to_them_and_none_is_given_twice() -> None:
    ports = Ports(only_free=False)
    with socket.create_server((LOOPBACK, 0)) as taken:
        usual = taken.getsockname()[1]
        first, second = ports.take(usual), ports.take(usual)
    assert len({usual, first, second}) == 3
    assert ports.take(usual) == usual


def test_usual_ports_are_left_alone_where_that_is_asked_for() -> None:
    assert Ports(only_free=True).take(45_999) != 45_999


def test_variables_of_another_worker_are_left_out_and_those_of_a_broker_that_is_not_ours_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LEDGERMIND_WORKER_NAME", "another")
    monkeypatch.setenv("LEDGERMIND_KAFKA_SASL_MECHANISM", "PLAIN")
    ours, theirs = base_environment(WHERE, keeps_kafka=False), base_environment(WHERE, keeps_kafka=True)
    assert "LEDGERMIND_WORKER_NAME" not in ours.keys() | theirs.keys()
    assert "LEDGERMIND_KAFKA_SASL_MECHANISM" not in ours
    assert theirs["LEDGERMIND_KAFKA_SASL_MECHANISM"] == "PLAIN"
    assert theirs["LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:1"


def test_a_shell_reads_the_file_of_variables_as_they_are() -> None:
    text = env_file({"A": "postgresql://u@h/db?x=1&y=$HOME", "B": "two words"})
    shown = subprocess.run(["sh", "-c", f'{text}printf "%s|%s" "$A" "$B"'], capture_output=True, text=True, check=True)
    assert shown.stdout == "postgresql://u@h/db?x=1&y=$HOME|two words"


@pytest.mark.parametrize("value", ["/tmp/mine.yml", "/tmp/it's mine.yml", "/tmp/a b$HOME.yml"])
def test_the_shell_reads_a_value_as_it_is(value: str) -> None:
    script = env_file({"LEDGERMIND_TAXONOMY": value}) + 'printf %s "$LEDGERMIND_TAXONOMY"'
    assert subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == value
