"""A stranger with a Kafka client and our JSON Schemas, and nothing else of ours, can read what we say."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.local.apache_kafka import ApacheKafka
from ops.patience import patience_seconds
from schemas.contracts.topics import COMPARISONS, SUGGESTIONS
from tests.conftest import ROOT
from tests.support.kafka_io import send_records
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.integration, pytest.mark.kafka]
COUNT = 40
STRANGER = """
import json, sys, time
import confluent_kafka, jsonschema
servers, topic, schema, mark, count, patience = sys.argv[1:]
validator = jsonschema.Draft202012Validator(json.load(open(schema)), format_checker=jsonschema.FormatChecker())
consumer = confluent_kafka.Consumer({"bootstrap.servers": servers, "group.id": "stranger-" + topic,
    "isolation.level": "read_committed", "auto.offset.reset": "earliest"})
consumer.subscribe([topic])
valid, deadline = 0, time.monotonic() + float(patience)
while valid < int(count) and time.monotonic() < deadline:
    message = consumer.poll(1.0)
    if message is not None and message.error() is None:
        event = json.loads(message.value())
        if event["txn_id"].startswith(mark):
            validator.validate(event)
            assert message.key().decode() == event["user_id"]
            valid += 1
assert not any(name.split(".")[0] in {"schemas", "streams", "ops"} for name in sys.modules)
print(valid)
"""


def transaction(number: int) -> tuple[bytes, bytes]:
    user = f"stranger-{number % 7}"
    fields = {
        "schema_version": "1.0",
        "txn_id": f"stranger-{number}",
        "user_id": user,
        "account_id": "a",
        "occurred_at": "2026-05-01T12:00:00Z",
        "amount": "-4.20",
        "currency": "EUR",
        "description": ("TESCO STORES 3021", "UNHEARD OF TRADING 77", "ATM WITHDRAWAL HIGH ST")[number % 3],
    }
    return user.encode(), json.dumps(fields).encode()


@pytest.fixture(scope="module")
def answered(kafka: ApacheKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a broker on which a worker has answered COUNT transactions."""
    worker = Worker("stranger", kafka.bootstrap_servers, tmp_path_factory.mktemp("stranger") / "worker.log")
    worker.start()
    try:
        worker.wait_until_ready()
        send_records(kafka.bootstrap_servers, [transaction(number) for number in range(COUNT)])
        yield kafka.bootstrap_servers
    finally:
        worker.stop()


@pytest.mark.parametrize("topic", [SUGGESTIONS.name, COMPARISONS.name])
def test_every_event_is_valid_by_the_committed_schema(answered: str, topic: str, tmp_path: Path) -> None:
    schema = ROOT / "schemas" / "contracts" / "jsonschema" / f"{topic}.json"
    command = [sys.executable, "-I", "-c", STRANGER, answered, topic, str(schema), "stranger-", str(COUNT)]
    command.append(str(patience_seconds() / 2))
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=patience_seconds(), check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, str(COUNT)), done.stderr
