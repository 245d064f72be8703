"""Dead letters are listed without what they hold, shown when asked for, and put back exactly once."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from confluent_kafka import Producer

from ops.kafka.reader import read_topic
from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.local.process import start
from ops.patience import patience_seconds
from schemas.contracts.topics import DEAD_LETTERS, TRANSACTIONS
from schemas.events.dead_letter import Address, DeadLetterReason, RecordError, dead_letter_headers, read_headers
from streams.settings import KafkaSettings
from tests.conftest import Run

pytestmark = [pytest.mark.integration, pytest.mark.kafka]

SECRET = "A PRIVATE PURCHASE"
LARGE, LARGE_BYTES = 600, 400_000


def put(
    kafka: KafkaSettings, reason: DeadLetterReason, offsets: Sequence[int], *, truncated: bool = False, padding: int = 0
) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers, "compression.type": "lz4", "log_level": 0})
    for offset in offsets:
        headers = dead_letter_headers(
            RecordError(reason, "amount is no number"),
            Address(TRANSACTIONS.name, 5, offset),
            schema_version="1.0",
            worker_version="1",
            truncated=truncated,
        )
        value = f"{SECRET} {offset}".encode().ljust(padding)
        key = f"user-{offset % 9 if padding else 1}".encode()
        producer.produce(DEAD_LETTERS.name, value, key, headers=[*headers])
        producer.poll(0)
    assert producer.flush(patience_seconds()) == 0


@pytest.fixture
def broker(start_kafka: Callable[..., ApacheKafka]) -> KafkaSettings:
    kafka = KafkaSettings(bootstrap_servers=start_kafka().bootstrap_servers)
    create_topics(kafka)
    return kafka


def test_dead_letters_are_looked_at_and_put_back_once(broker: KafkaSettings, ledgermind: Run) -> None:
    put(broker, DeadLetterReason.INVALID_VALUE, range(3))
    put(broker, DeadLetterReason.SCORING_FAILED, range(3, 5))
    put(broker, DeadLetterReason.INVALID_VALUE, [5], truncated=True)
    where = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers}

    listed = ledgermind("dlq", "list", **where)
    assert listed.stdout.splitlines()[-1] == "6 dead letters: 4 invalid_value, 2 scoring_failed"
    assert "from transactions/5/3" in listed.stdout
    assert SECRET not in listed.stdout + listed.stderr
    rows = [
        json.loads(line)
        for line in ledgermind("dlq", "list", "--reason", "scoring_failed", "--json", **where).stdout.splitlines()
    ]
    assert [row["source"] for row in rows] == ["transactions/5/3", "transactions/5/4"]
    shown = json.loads(ledgermind("dlq", "show", f"{rows[0]['partition']}/{rows[0]['offset']}", **where).stdout)
    assert (shown["value"], shown["headers"]["dlq.reason"]) == (f"{SECRET} 3", "scoring_failed")

    said = [ledgermind("dlq", "requeue", "--reason", "invalid_value", **where).stdout.strip() for _ in range(2)]
    assert said == [
        "3 records put back onto transactions, 1 are cut short and stay",
        "0 records put back onto transactions, 1 are cut short and stay",
    ]
    put(broker, DeadLetterReason.INVALID_VALUE, [6])
    assert ledgermind("dlq", "requeue", "--all", **where).stdout.startswith("3 records put back")
    back = list(read_topic(broker, TRANSACTIONS))
    assert sorted((message.value() or b"").decode() for message in back) == [
        f"{SECRET} {offset}" for offset in (0, 1, 2, 3, 4, 6)
    ]
    assert {message.key() for message in back} == {b"user-1"}
    assert {read_headers(message.headers())["dlq.partition"] for message in back} == {"5"}  # the first address stays


@pytest.mark.slow
def test_however_many_there_are_a_few_are_held_at_a_time(
    broker: KafkaSettings, ledgermind: Run, tmp_path: Path
) -> None:
    put(broker, DeadLetterReason.INVALID_VALUE, [0])
    where = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers}
    commands = (("dlq", "list"), ("dlq", "requeue", "--all"))
    before = [most_memory(*words, log=tmp_path / "log", variables=where) for words in commands]
    put(broker, DeadLetterReason.INVALID_VALUE, range(1, LARGE + 1), padding=LARGE_BYTES)
    for words, small in zip(commands, before, strict=True):
        more = most_memory(*words, log=tmp_path / "log", variables=where) - small
        assert more < LARGE * LARGE_BYTES / 3, f"{words}: {more >> 20} MiB more"
    log = (tmp_path / "log").read_text()
    assert f"{LARGE + 1} dead letters: {LARGE + 1} invalid_value" in log
    assert f"{LARGE} records put back onto transactions\n" in log
    assert sum(1 for _ in read_topic(broker, TRANSACTIONS)) == LARGE + 1


def most_memory(*words: str, log: Path, variables: dict[str, str]) -> int:
    """Run a command, which must succeed, and return the most memory in bytes that it ever had."""
    command = [str(Path(sys.executable).parent / "ledgermind"), *words]
    process = start(command, log=log, environment=variables)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, log.read_text()
    return used.ru_maxrss * 1_024


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "0/99"), "there is no dead letter at 0/99"),
        (("show", "nonsense"), "is not PARTITION/OFFSET"),
        (("requeue",), "--reason REASON"),
        (("requeue", "--all", "--reason", "oversize"), "--reason REASON"),
    ],
    ids=" ".join,
)
def test_nonsense_is_one_line(
    embedded_broker: KafkaSettings, ledgermind: Run, words: tuple[str, ...], said: str
) -> None:
    done = ledgermind("dlq", *words, LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS=embedded_broker.bootstrap_servers)
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr
