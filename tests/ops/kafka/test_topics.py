"""The real command makes the topics, and says in one line and an exit code what is wrong with a broker."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

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
from schemas.contracts.topics import HINTS, ROLLOUT_STATE, SUGGESTIONS, TOPICS, TRANSACTIONS
from streams.errors import BrokerUnreachable, TopicError
from streams.kafka.broker_check import REACH_SECONDS
from streams.kafka.topic_check import check_topics
from streams.settings import KafkaSettings
from tests.conftest import Run
from tests.support.worker_processes import Worker

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
    assert json.loads(ledgermind("topics", "create", "--json", **at(broker)).stdout) == {"made": []}
    checked = ledgermind("topics", "check", **at(broker))
    assert (checked.returncode, checked.stderr) == (0, "")
    found = json.loads(ledgermind("topics", "check", "--json", **at(broker)).stdout)
    assert (found["topics"], found["remarks"], found["faults"]) == (len(TOPICS), [], [])


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
def test_too_few_partitions_are_named(start_broker: Callable[[], Broker], ledgermind: Run, verb: str) -> None:
    broker = start_broker()
    make_one(broker, TRANSACTIONS.name, partitions=3)
    with pytest.raises(TopicError):  # which makes the others
        create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
    answer = ledgermind("topics", verb, **at(broker))
    assert answer.returncode == 3
    (line,) = answer.stderr.splitlines()
    assert line.startswith("ledgermind: topic transactions has 3 partitions, 12 are needed;")
    assert line.endswith("ledgermind topics alter")


@pytest.mark.kafka
def test_missing_partitions_are_added_and_more_than_agreed_are_served_and_said(
    start_kafka: Callable[..., ApacheKafka], ledgermind: Run
) -> None:
    broker = start_kafka()
    make_one(broker, TRANSACTIONS.name, partitions=3)
    make_one(broker, SUGGESTIONS.name, partitions=24)
    with pytest.raises(TopicError):  # which makes the others
        create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
    altered = ledgermind("topics", "alter", **at(broker))
    assert (altered.returncode, altered.stderr) == (0, "")
    assert "transactions: 3 partitions are now 12\n" in altered.stdout
    checked = ledgermind("topics", "check", **at(broker))
    assert (checked.returncode, checked.stderr) == (0, "")
    first, last = checked.stdout.splitlines()
    assert first.startswith("topic suggestions has 24 partitions, 12 were agreed: all are served;")
    assert last == f"all {len(TOPICS)} topics are there and can be served"


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


@pytest.mark.kafka
def test_settings_that_delivery_cannot_rest_on_are_named_and_altered(
    start_kafka: Callable[..., ApacheKafka], ledgermind: Run, tmp_path: Path
) -> None:
    broker = start_kafka()
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})
    wrong = {
        ROLLOUT_STATE: {"retention.ms": "604800000"},
        HINTS: {"cleanup.policy": "delete", "retention.ms": "604800000"},
        TRANSACTIONS: {"cleanup.policy": "compact"},
        SUGGESTIONS: {"max.message.bytes": "200", "message.timestamp.after.max.ms": "1000"},
    }
    topics = [NewTopic(spec.name, spec.partitions, 1, config=config) for spec, config in wrong.items()]
    for made in admin.create_topics(topics).values():
        made.result(patience_seconds())
    assert ledgermind("topics", "create", **at(broker)).returncode == 0
    checked = ledgermind("topics", "check", **at(broker))
    assert checked.returncode == 3
    said = checked.stderr.splitlines()
    named = {(spec.name, setting) for spec, config in wrong.items() for setting in config}
    assert len(said) == len(named)
    assert all(any(f"topic {name}: {setting} is" in line for line in said) for name, setting in named)
    looked = ledgermind("doctor", "--json", **at(broker))
    (finding,) = [one for one in json.loads(looked.stdout) if one["name"] == "topics"]
    assert finding["state"] == "broken"
    assert "topic rollout-state: retention.ms is 604800000" in finding["found"]

    worker = Worker("strict", broker.bootstrap_servers, tmp_path / "log")
    worker.start()
    assert worker.process is not None
    assert worker.process.wait(patience_seconds()) == TopicError.exit_code
    assert "compaction removes records of the same key, read or not" in worker.log.read_text()

    listed = ledgermind("topics", "check", "--json", **at(broker))
    assert listed.returncode == 3
    assert {(one["topic"], one["setting"]) for one in json.loads(listed.stdout)["faults"]} == named

    altered = ledgermind("topics", "alter", "--json", **at(broker))
    assert (altered.returncode, altered.stderr) == (0, "")
    done = json.loads(altered.stdout)["altered"]
    assert {(one["topic"], one["setting"]) for one in done} == named
    assert {"topic": ROLLOUT_STATE.name, "setting": "retention.ms", "value": "-1"} in done
    again = ledgermind("topics", "check", **at(broker))
    assert (again.returncode, again.stderr) == (0, "")
    assert ledgermind("topics", "alter", **at(broker)).stdout == "nothing to alter\n"


@pytest.mark.kafka
def test_a_worker_says_which_settings_are_wrong_and_works(
    start_kafka: Callable[..., ApacheKafka], tmp_path: Path
) -> None:
    broker = start_kafka()
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})
    expiring = NewTopic(ROLLOUT_STATE.name, 1, 1, config={"retention.ms": "604800000"})
    admin.create_topics([expiring])[ROLLOUT_STATE.name].result(patience_seconds())
    create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
    worker = Worker("tolerant", broker.bootstrap_servers, tmp_path / "log")
    worker.start()
    try:
        worker.wait_until_ready()
        assert worker.metrics()["lm_stream_topic_faults"] == 1
        (line,) = [line for line in worker.log.read_text().splitlines() if '"topic_setting"' in line]
        assert json.loads(line)["topic"] == ROLLOUT_STATE.name
    finally:
        worker.stop()


@pytest.mark.kafka
def test_copies_in_sync_are_set_when_topics_are_made_and_altered(
    start_kafka: Callable[..., ApacheKafka], ledgermind: Run
) -> None:
    broker = start_kafka()
    refused = ledgermind("topics", "create", "--replication", "1", "--min-isr", "2", **at(broker))
    assert refused.returncode == 1
    assert "--min-isr 2 is more than the 1 copies of --replication" in refused.stderr
    assert ledgermind("topics", "create", "--replication", "1", "--min-isr", "1", **at(broker)).returncode == 0
    altered = ledgermind("topics", "alter", "--min-isr", "2", **at(broker))
    assert altered.returncode == 1
    assert "--min-isr 2 is more than the 1 copies of topic" in altered.stderr
