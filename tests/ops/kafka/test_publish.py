import json
import socket
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.cli.commands import publish as publish_command
from ops.cli.commands import simulate as simulate_command
from ops.cli.report import UndeliveredError
from ops.kafka.publish import (
    OutgoingRecord,
    Progress,
    outgoing_feedback,
    outgoing_transaction,
    producer_config,
    publish,
)
from ops.kafka.rate_limit import RateError, pace
from ops.kafka.topics import create_topics
from ops.local.broker import open_broker
from ops.simulation.simulate import simulate
from schemas.contracts.topics import FEEDBACK, TRANSACTIONS
from schemas.events.feedback import Feedback
from schemas.events.transaction import Transaction
from streams.errors import StreamError
from streams.process.codec import decode_transaction
from streams.settings import KafkaSettings
from tests.support.topic import read_committed

START = datetime(2025, 3, 1, tzinfo=UTC)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaSettings]:
    with open_broker("embedded", directory=tmp_path_factory.mktemp("broker")) as broker:
        settings = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
        create_topics(settings)
        yield settings


def read_topic(kafka: KafkaSettings, topic: str) -> list[tuple[int, bytes | None, bytes | None]]:
    """Return (partition, key, value) of everything on a topic, each partition in its order."""
    found = read_committed(kafka.bootstrap_servers, topic)
    return [(message.partition() or 0, message.key(), message.value()) for message in found]


def transactions(records: list[tuple[int, bytes | None, bytes | None]]) -> list[Transaction]:
    judged = [decode_transaction(key, value) for _, key, value in records]
    assert all(isinstance(one, Transaction) for one in judged)
    return [one for one in judged if isinstance(one, Transaction)]


def java_partition(key: bytes) -> int:
    """Kafka's own partitioner: murmur2 of the key, made positive, modulo 12."""
    mask, m, length = 0xFFFFFFFF, 0x5BD1E995, len(key)
    h = (0x9747B28C ^ length) & mask
    for at in range(0, length - length % 4, 4):
        k = int.from_bytes(key[at : at + 4], "little") * m & mask
        h = (h * m & mask) ^ ((k ^ k >> 24) * m & mask)
    if tail := key[length - length % 4 :]:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return ((h ^ h >> 15) & 0x7FFFFFFF) % 12


@pytest.mark.integration
def test_everything_simulated_arrives_once_keyed_and_in_order_per_user(kafka: KafkaSettings) -> None:
    rows = [row.transaction for row in simulate(21, users=40, start=START, days=14)]
    seen: list[Progress] = []
    published = publish(map(outgoing_transaction, rows), kafka=kafka, on_progress=seen.append)
    assert (published.sent, published.delivered, published.failed, published.unconfirmed) == (
        len(rows),
        len(rows),
        0,
        0,
    )
    assert seen[-1].delivered == len(rows)
    records = [record for record in read_topic(kafka, TRANSACTIONS.name) if b"sim21-" in (record[2] or b"")]
    expected: dict[str, list[str]] = defaultdict(list)
    arrived: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        expected[row.user_id].append(row.txn_id)
    for one in transactions(records):
        arrived[one.user_id].append(one.txn_id)
    assert arrived == expected
    assert all(partition == java_partition(key or b"") for partition, key, _ in records)


@pytest.mark.integration
def test_labels_go_to_their_own_topic(kafka: KafkaSettings) -> None:
    labels = [label for row in simulate(22, users=5, start=START, days=5) for label in row.labels]
    published = publish(map(outgoing_feedback, labels), kafka=kafka, topics=(FEEDBACK,))
    assert published.delivered == len(labels)
    values = [value for _, _, value in read_topic(kafka, FEEDBACK.name)]
    ids = {json.loads(value or b"")["feedback_id"] for value in values}
    assert {label.feedback_id for label in labels} <= ids


@pytest.mark.integration
def test_a_rate_is_kept(kafka: KafkaSettings) -> None:
    rows = islice(simulate(23, users=40, start=START, days=14), 300)
    published = publish((outgoing_transaction(row.transaction) for row in rows), kafka=kafka, rate=400)
    assert published.delivered == 300
    assert 0.7 < published.seconds < 3.0  # 299 gaps of 2.5 ms


@pytest.mark.integration
def test_a_record_that_the_client_refuses_is_counted_and_the_others_go_out(kafka: KafkaSettings) -> None:
    good = OutgoingRecord(FEEDBACK.name, b"u", b"{}")
    bad = OutgoingRecord(FEEDBACK.name, b"u", b"x" * 2_000_000)
    published = publish([good, bad, good], kafka=kafka, topics=(FEEDBACK,))
    assert (published.sent, published.delivered, published.failed) == (3, 2, 1)
    assert published.first_error


@pytest.mark.integration
def test_an_interrupt_keeps_what_was_sent_and_says_so(kafka: KafkaSettings) -> None:
    def interrupted() -> Iterator[OutgoingRecord]:
        yield from [OutgoingRecord(FEEDBACK.name, b"u", b"{}")] * 5
        raise KeyboardInterrupt

    published = publish(interrupted(), kafka=kafka, topics=(FEEDBACK,))
    assert (published.delivered, published.was_interrupted) == (5, True)


def test_nobody_at_the_address_is_said_in_one_line() -> None:
    kafka = KafkaSettings(bootstrap_servers=f"127.0.0.1:{free_port()}")
    with pytest.raises(StreamError, match="no broker answers at") as caught:
        publish([], kafka=kafka)
    assert "\n" not in str(caught.value)


def test_the_producer_is_idempotent_and_partitions_as_java_does() -> None:
    config = producer_config(KafkaSettings())
    assert config["enable.idempotence"] is True
    assert (config["acks"], config["compression.type"], config["partitioner"]) == ("all", "lz4", "murmur2_random")


def test_a_pace_waits_for_each_item_but_the_first() -> None:
    started = time.monotonic()
    assert list(pace(range(11), rate=100)) == list(range(11))
    assert time.monotonic() - started > 0.09


@pytest.mark.parametrize("rate", [0.0, -5.0, float("nan")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(RateError, match="moves nothing"):
        pace([], rate=rate)


@pytest.mark.integration
def test_the_command_publishes_a_csv_and_names_refused_rows(kafka: KafkaSettings, tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_text("Datum;Betrag;Memo\n31.03.2025;-12,50;Rewe\n31.03.2025;zwölf;Rewe\n1.4.2025;-7,00;Edeka\n")
    answer = CliRunner().invoke(
        publish_command.app,
        [str(path), "--map", "occurred_at=Datum,amount=Betrag,description=Memo", "--date-format", "day-first",
         "--currency", "EUR", "--user-id", "csv-test", "--bootstrap-servers", kafka.bootstrap_servers, "--json"],
    )  # fmt: skip
    assert type(answer.exception).__name__ == "RowsRefusedError"
    assert json.loads(answer.stderr.splitlines()[0]) == {"line": 3, "refused": "amount: is not a number"}
    assert json.loads(answer.stdout)["delivered"] == 2
    amounts = [t.amount for t in transactions(read_topic(kafka, TRANSACTIONS.name)) if t.user_id == "csv-test"]
    assert amounts == ["-12.50", "-7.00"]


@pytest.mark.integration
def test_the_command_streams_transactions_and_the_labels_whose_time_has_come(kafka: KafkaSettings) -> None:
    answer = CliRunner().invoke(
        simulate_command.app,
        ["--users", "10", "--days", "20", "--seed", "31", "--rate", "0", "--with-labels", "--json",
         "--bootstrap-servers", kafka.bootstrap_servers],
    )  # fmt: skip
    assert answer.exception is None
    arrived = [t for t in transactions(read_topic(kafka, TRANSACTIONS.name)) if t.txn_id.startswith("sim31-")]
    labels = [json.loads(value or b"") for _, _, value in read_topic(kafka, FEEDBACK.name)]
    mine = [label for label in labels if label.get("txn_id", "").startswith("sim31-")]
    assert json.loads(answer.stdout)["delivered"] == len(arrived) + len(mine)
    assert 0 < len(mine) < len(arrived)


def test_undelivered_records_are_an_error_of_the_command() -> None:
    from ops.cli.report import say_published
    from ops.kafka.publish import Published

    with pytest.raises(UndeliveredError, match="1 records failed and 2 are unconfirmed"):
        say_published(Published(9, 6, 1, 2, 1.0, "out of space", was_interrupted=False), as_json=True)


def test_feedback_is_keyed_by_its_user() -> None:
    label = next(label for row in simulate(1, users=3, start=START, days=3) for label in row.labels)
    assert isinstance(label, Feedback)
    assert outgoing_feedback(label).key == label.user_id.encode()
