"""The real command makes the topics, and says in one line and an exit code what is wrong with a broker."""

import threading
import time
from collections.abc import Callable

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewTopic

from ops.kafka.topics import check_when_known, create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.local.broker import Broker
from ops.local.ports import LOOPBACK, free_port
from ops.patience import patience_seconds
from schemas.contracts.topics import ROLLOUT_STATE, TOPICS, TRANSACTIONS
from streams.errors import BrokerUnreachable, TopicError
from streams.kafka.broker_check import REACH_SECONDS
from streams.kafka.topic_check import check_topics
from streams.settings import KafkaSettings
from tests.conftest import Run

pytestmark = pytest.mark.integration


def at(broker: Broker) -> dict[str, str]:
    return {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers}


def make_one(broker: Broker, name: str, *, partitions: int) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})
    admin.create_topics([NewTopic(name, partitions, 1)])[name].result(patience_seconds())


def test_topics_are_made_once_and_then_found(start_broker: Callable[[], Broker], ledgermind: Run) -> None:
    broker = start_broker()
    made = ledgermind("topics", "create", **at(broker))
    assert (made.returncode, made.stderr) == (0, "")
    assert all(spec.name in made.stdout for spec in TOPICS)
    again = ledgermind("topics", "create", **at(broker))
    assert (again.returncode, again.stdout) == (0, "all topics were there already\n")
    checked = ledgermind("topics", "check", **at(broker))
    assert (checked.returncode, checked.stderr) == (0, "")


def test_only_what_is_missing_is_made(start_broker: Callable[[], Broker]) -> None:
    broker = start_broker()
    make_one(broker, TRANSACTIONS.name, partitions=TRANSACTIONS.partitions)
    made = create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
    assert made == [spec.name for spec in TOPICS if spec is not TRANSACTIONS]


def test_a_topic_that_a_node_hears_of_a_little_later_is_waited_for(start_broker: Callable[[], Broker]) -> None:
    kafka = KafkaSettings(bootstrap_servers=start_broker().bootstrap_servers)
    with pytest.raises(TopicError):
        check_topics(kafka, TOPICS)
    late = threading.Timer(1.0, create_topics, [kafka])
    late.start()
    check_when_known(kafka)
    late.join()


@pytest.mark.parametrize("verb", ["check", "create"])
def test_a_broker_that_does_not_answer_is_named_with_exit_code_4(ledgermind: Run, verb: str) -> None:
    address = f"{LOOPBACK}:{free_port()}"
    answer = ledgermind("topics", verb, LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS=address)
    assert answer.returncode == 4
    (line,) = answer.stderr.splitlines()
    assert line.startswith("ledgermind: ")
    assert address in line


def test_a_broker_that_does_not_answer_costs_no_more_than_twice_what_it_is_given() -> None:
    started_at = time.monotonic()
    with pytest.raises(BrokerUnreachable):
        check_topics(KafkaSettings(bootstrap_servers=f"{LOOPBACK}:{free_port()}"), TOPICS)
    assert time.monotonic() - started_at < 2 * REACH_SECONDS


def test_a_missing_topic_is_named_with_what_to_do(start_broker: Callable[[], Broker], ledgermind: Run) -> None:
    answer = ledgermind("topics", "check", **at(start_broker()))
    assert answer.returncode == 3
    assert answer.stderr == "ledgermind: topic transactions does not exist; create it with: ledgermind topics create\n"


@pytest.mark.parametrize("verb", ["check", "create"])
def test_another_number_of_partitions_is_named(start_broker: Callable[[], Broker], ledgermind: Run, verb: str) -> None:
    broker = start_broker()
    make_one(broker, TRANSACTIONS.name, partitions=3)
    with pytest.raises(TopicError):  # which makes the others
        create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
    answer = ledgermind("topics", verb, **at(broker))
    assert answer.returncode == 3
    (line,) = answer.stderr.splitlines()
    assert line.startswith("ledgermind: topic transactions has 3 partitions, 12 were agreed;")
    assert line.endswith("ledgermind topics create")


@pytest.mark.kafka
def test_kafka_gives_topics_their_agreed_settings(kafka: ApacheKafka, ledgermind: Run) -> None:
    checked = ledgermind("topics", "check", **at(kafka))
    assert (checked.returncode, checked.stderr) == (0, "")

    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    resources = {spec: ConfigResource(ResourceType.TOPIC, spec.name) for spec in TOPICS}
    answers = admin.describe_configs(list(resources.values()))
    for spec, resource in resources.items():
        settings = answers[resource].result(patience_seconds())
        assert settings["cleanup.policy"].value == spec.cleanup_policy
        assert settings["retention.ms"].value == str(-1 if spec.retention_ms is None else spec.retention_ms)
    assert ROLLOUT_STATE.retention_ms is None
