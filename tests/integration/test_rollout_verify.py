"""``ledgermind rollout verify`` on a broker: a false verdict, a missing record and a changed one are each found."""

import json
from collections.abc import Callable

import msgspec
import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner

from ops.cli.commands.rollout import app
from ops.kafka.topics import create_topics
from ops.local.broker import Broker
from ops.patience import patience_seconds
from schemas.contracts.topics import ROLLOUT_STATE
from schemas.events.rollout import RolloutRecord
from streams.errors import RolloutRecordError
from streams.rollout.change import Change, successor
from streams.settings import KafkaSettings
from tests.ops.rollout.test_audit import NOW, records

pytestmark = pytest.mark.integration


class Topic:
    """The topic of a broker of its own, to which anybody may write, and the command that checks it."""

    def __init__(self, broker: Broker) -> None:
        self._address = broker.bootstrap_servers
        create_topics(KafkaSettings(bootstrap_servers=self._address))

    def write(self, *records: RolloutRecord) -> None:
        producer = Producer({"bootstrap.servers": self._address, "log_level": 0})
        for record in records:
            producer.produce(ROLLOUT_STATE.name, msgspec.json.encode(record), f"default/{record.version}", 0)
        assert producer.flush(patience_seconds()) == 0

    def verify(self) -> dict[str, object]:
        """Return what the command prints; raises what it would leave with."""
        environment = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": self._address}
        done = CliRunner().invoke(app, ["verify", "--json"], env=environment)
        if done.exception is not None:
            raise done.exception
        found: dict[str, object] = json.loads(done.stdout)
        return found


@pytest.fixture
def topic(start_broker: Callable[[], Broker]) -> Topic:
    return Topic(start_broker())


def test_a_verdict_that_its_evidence_does_not_give_is_found_and_then_a_missing_record(topic: Topic) -> None:
    honest = records()
    topic.write(*honest)
    assert topic.verify() == {"records": 2, "chain": "unbroken", "verdicts": 1, "head": honest[-1].hash}
    last = honest[-1]
    further = Change(actor="judge", reason="x", percent="50.00", verdict=last.verdict, evidence=last.evidence)
    false = successor(last, further, now=NOW)
    topic.write(false)
    with pytest.raises(RolloutRecordError, match=r"version 2 leads to 50 %, its evidence to 10\.0 %"):
        topic.verify()
    after = successor(false, Change(actor="ada", reason="x", percent="0.00"), now=NOW)
    topic.write(successor(after, Change(actor="ada", reason="x", percent="10.00"), now=NOW))
    with pytest.raises(RolloutRecordError, match="record 3 is missing: record 4 stands in its place") as missing:
        topic.verify()
    assert missing.value.exit_code == 8


def test_a_record_that_was_changed_after_it_was_written_is_found(topic: Topic) -> None:
    first, second = records()
    topic.write(first, msgspec.structs.replace(second, percent="100.00"))
    with pytest.raises(RolloutRecordError, match="record 1 was changed after it was written"):
        topic.verify()
