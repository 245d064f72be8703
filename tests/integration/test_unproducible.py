"""A record whose output a topic refuses costs the others nothing, and is never the end of a stream."""

import json
import math
import time
from collections.abc import Iterator
from random import Random

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.patience import patience_seconds, wait_for
from schemas.contracts.topics import DEAD_LETTERS, SUGGESTIONS, TRANSACTIONS
from streams.settings import KafkaSettings
from tests.conftest import Run
from tests.integration.test_worker import each_once, records
from tests.support.kafka_io import (
    WORKERS,
    Address,
    Keyed,
    outcomes_so_far,
    read_outcomes,
    send_records,
)
from tests.support.topic import address, headers, wait_until_committed
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.integration, pytest.mark.kafka, pytest.mark.timeout(600)]
DAY_MS = 86_400_000
BATCH = 200
POISON: Keyed = (b"u-1", b"{")


class Broker:
    """One broker and one worker for the whole module; each test works in partitions of its own."""

    def __init__(self, servers: str, worker: Worker) -> None:
        self.servers = servers
        self.worker = worker

    def configure(self, topic: str, **values: str) -> None:
        """Set settings of a topic, dots written as underscores; an empty one goes back to the default."""
        admin = AdminClient({"bootstrap.servers": self.servers, "log_level": 0})
        entries = [
            ConfigEntry(
                name.replace("_", "."),
                value or None,
                incremental_operation=AlterConfigOpType.SET if value else AlterConfigOpType.DELETE,
            )
            for name, value in values.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
        for done in admin.incremental_alter_configs([resource]).values():
            done.result(patience_seconds())

    def send(self, given: list[tuple[Keyed, int]], *, partition: int) -> list[Address]:
        """Send records with timestamps in one go, so that one batch holds them; return their addresses."""
        addresses: list[Address] = []
        producer = Producer({"bootstrap.servers": self.servers, "linger.ms": 200, "log_level": 0})
        for (key, value), timestamp_ms in given:
            producer.produce(
                TRANSACTIONS.name,
                value,
                key,
                partition,
                timestamp=timestamp_ms,
                on_delivery=lambda error, sent: addresses.append(address(sent)),
            )
        assert producer.flush(patience_seconds()) == 0
        return addresses

    def sample(self, name: str) -> float:
        """Return the sum of a metric's samples."""
        return sum(value for sample, value in self.worker.metrics().items() if sample.partition("{")[0] == name)

    def events(self, name: str) -> list[dict[str, object]]:
        """Return the worker's log lines of one event."""
        lines = [json.loads(line) for line in self.worker.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]


@pytest.fixture(scope="module")
def broker(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = tmp_path_factory.mktemp("unproducible")
    with ApacheKafka(folder / "kafka", properties={}) as node:
        create_topics(KafkaSettings(bootstrap_servers=node.bootstrap_servers))
        worker = Worker("refused", node.bootstrap_servers, folder / "worker.log")
        worker.environment["LEDGERMIND_WORKER_BATCH_RECORDS"] = str(BATCH)
        made = Broker(node.bootstrap_servers, worker)
        # As every topic was before Kafka 4: what comes in may be stamped as it likes, what goes out may not.
        made.configure(TRANSACTIONS.name, message_timestamp_after_max_ms=str(2**63 - 1))
        worker.start()
        try:
            worker.wait_until_ready()
            yield made
            assert worker.starts == 1
        finally:
            worker.stop()


@pytest.mark.slow
def test_a_record_stamped_ahead_is_put_aside_alone_and_can_be_put_back(broker: Broker, ledgermind: Run) -> None:
    aborts, now = broker.sample("lm_stream_aborts_total"), int(time.time() * 1_000)
    stamped: list[tuple[Keyed, int]] = [(pair, now) for pair in records(BATCH - 2)]
    stamped.insert(70, (stamped[0][0], now + 3 * DAY_MS))
    stamped.insert(150, (POISON, now + 5 * DAY_MS))
    addresses = broker.send(stamped, partition=3)
    outcomes = read_outcomes(broker.servers, addresses)
    assert each_once(outcomes)
    refused = {row for row, address in enumerate(addresses) if outcomes[address].word != "accepted"}
    assert refused == {70, 150}
    for row, days in ((70, 3), (150, 5)):
        (letter,) = outcomes[addresses[row]].dead_letters
        said = headers(letter)
        assert said["dlq.reason"] == "unproducible"
        assert said["dlq.timestamp_ms"] == str(now + days * DAY_MS)
        assert "INVALID_TIMESTAMP" in said["dlq.detail"]
        assert abs(letter.timestamp()[1] - time.time() * 1_000) < patience_seconds() * 1_000
        assert (letter.key(), letter.value()) == stamped[row][0]
    logged = {(line["partition"], line["offset"]) for line in broker.events("record_unproducible")}
    assert logged == {addresses[70], addresses[150]}
    each = math.ceil(math.log2(BATCH)) + 2
    assert 2 <= broker.sample("lm_stream_aborts_total") - aborts <= 2 * each
    assert broker.worker.metrics()['lm_stream_dead_letters_total{reason="unproducible"}'] == 2

    where = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": broker.servers}
    assert ledgermind("dlq", "list", **where).stdout.splitlines()[-1] == "2 dead letters: 2 unproducible"
    assert ledgermind("dlq", "requeue", "--reason", "unproducible", **where).stdout.startswith("2 records put back")
    wait_until_committed(broker.servers, TRANSACTIONS.name, WORKERS)
    counts = ledgermind("dlq", "list", **where).stdout.splitlines()[-1]
    assert counts == "3 dead letters: 2 unproducible, 1 malformed_json"


def test_events_that_fit_alone_are_written_and_one_that_does_not_is_put_aside(broker: Broker) -> None:
    draw = Random(16)
    (key, value), *others = records(60)
    fields = json.loads(value)
    for name in ("txn_id", "account_id"):
        fields[name] = draw.randbytes(64).hex()
    long = (key, json.dumps(fields).encode())
    aside = broker.sample("lm_stream_dead_letters_total")
    # Above one ordinary suggestion as the broker counts it, its batch's head included, below all of them together.
    broker.configure(SUGGESTIONS.name, max_message_bytes="640")
    try:
        addresses = send_records(broker.servers, [*others[:30], long, *others[30:]], partition=4)
        outcomes = read_outcomes(broker.servers, addresses)
    finally:
        broker.configure(SUGGESTIONS.name, max_message_bytes="")
    assert each_once(outcomes)
    words = [outcomes[address].word for address in addresses]
    assert words[30] == "dead letter `unproducible`"
    assert set(words[:30] + words[31:]) == {"accepted"}
    assert broker.sample("lm_stream_dead_letters_total") == aside + 1


@pytest.mark.slow
def test_where_not_even_a_dead_letter_fits_the_partition_waits_and_the_others_go_on(
    broker: Broker, ledgermind: Run
) -> None:
    where = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": broker.servers}
    broker.configure(DEAD_LETTERS.name, max_message_bytes="100")
    try:
        good = records(20)
        addresses = send_records(broker.servers, [*good[:10], POISON, *good[10:]], partition=5)
        wait_for(lambda: broker.sample("lm_stream_paused_partitions") == 1, "paused partition")
        assert each_once(read_outcomes(broker.servers, send_records(broker.servers, records(30), partition=6)))
        stood = outcomes_so_far(broker.servers, addresses)
        assert [stood[address].word for address in addresses[:10]] == ["accepted"] * 10
        assert {stood[address].counts for address in addresses[10:]} == {(0, 0, 0)}
        assert broker.sample("lm_stream_unproducible_pauses_total") == 1
        said = ledgermind("dlq", "resume", "--dry-run", **where).stdout
        assert said.startswith(f"partition 5 stands at {addresses[10][1]}  ")
        assert "MSG_SIZE_TOO_LARGE" in said

        assert ledgermind("dlq", "resume", **where).stdout.startswith("partition 5 goes on")  # and nothing was mended
        wait_for(lambda: broker.sample("lm_stream_unproducible_pauses_total") == 2, "second pause")
        aborts = broker.sample("lm_stream_aborts_total")
        assert each_once(read_outcomes(broker.servers, send_records(broker.servers, records(30), partition=6)))
        assert broker.sample("lm_stream_aborts_total") == aborts  # it stands still, and does not try for ever
    finally:
        broker.configure(DEAD_LETTERS.name, max_message_bytes="")
    assert ledgermind("dlq", "resume", **where).stdout.startswith("partition 5 goes on")
    outcomes = read_outcomes(broker.servers, addresses)
    assert each_once(outcomes)
    assert [outcomes[address].word for address in addresses].count("accepted") == 20
    wait_for(lambda: broker.sample("lm_stream_paused_partitions") == 0, "no partition paused")
