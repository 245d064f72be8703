"""What a format or a mapping costs beside the plain path: CPU a record, and end to end on Apache Kafka in turns."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import fastavro
import msgspec
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from ops.local.apache_kafka import ApacheKafka
from ops.local.ports import free_port
from ops.patience import patience_seconds
from schemas.contracts.avro_schema import avro_schemas
from schemas.contracts.topics import TRANSACTIONS
from schemas.events.transaction import Transaction
from streams.process.codec import DecodeRecord, decode_transaction
from streams.process.input_mapping.load import load_mapping
from streams.process.record_formats.avro import avro_reader
from streams.process.record_formats.decoder import registry_decoder
from streams.process.record_formats.schema_text import SchemaText, SchemaType
from streams.process.record_formats.wire_format import with_header
from tests.benchmarks.stopwatch import Stopwatch, rounds
from tests.benchmarks.test_end_to_end import (
    BACKLOG,
    LIMIT_SECONDS,
    QUIET_SECONDS,
    Program,
    reader,
    running,
    topics_on,
    written,
)
from tests.benchmarks.test_mapping import plaid
from tests.benchmarks.traffic import records
from tests.support.process_tree import cpu_seconds
from tests.support.schema_registry import register, schema_registry
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.benchmark, pytest.mark.kafka, pytest.mark.timeout(3_600)]
RECORDS = 20_000
CPU_ROUNDS = 9
ROUNDS = int(os.environ.get("FORMAT_ROUNDS", "5"))
encode = msgspec.json.Encoder().encode
OWN: Any = avro_schemas()["transactions"]
PLAID: Any = {
    "type": "record",
    "name": "PlaidTransaction",
    "fields": [
        {"name": name, "type": type_}
        for name, type_ in {
            **dict.fromkeys(("transaction_id", "client_user_id", "account_id", "name", "date"), "string"),
            "amount": {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 2},
            "iso_currency_code": ["null", "string"],
            "datetime": ["null", {"type": "long", "logicalType": "timestamp-micros"}],
            "merchant_name": ["null", "string"],
            "payment_channel": "string",
            "transaction_code": ["null", "string"],
            "pending": "boolean",
        }.items()
    ],
}


def own_avro(transaction: Transaction) -> bytes:
    """Return a transaction in Avro by the shipped schema."""
    return avro_of(
        OWN, {"merchant": None, "mcc": None, "country": None, "channel": None} | msgspec.to_builtins(transaction)
    )


def plaid_avro(transaction: Transaction) -> bytes:
    """Return a transaction in Avro as Plaid writes it, with a decimal for money and microseconds for the time."""
    record = plaid(transaction) | {
        "amount": Decimal(transaction.amount.lstrip("-")).quantize(Decimal("0.01")),
        "datetime": datetime.fromisoformat(transaction.occurred_at.isoformat()),
    }
    return avro_of(PLAID, record)


def avro_of(schema: object, record: dict[str, Any]) -> bytes:
    stream = BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(schema), record)  # type: ignore[arg-type]
    return stream.getvalue()


def decoder(schema: object, decode: DecodeRecord) -> DecodeRecord:
    """Return a decoder of Avro whose schemas are known."""
    reader = avro_reader(SchemaText(SchemaType.AVRO, encode(schema).decode()))
    return registry_decoder(decode, lambda schema_id: reader, money=("amount",))


def transactions() -> list[Transaction]:
    """Return the transactions that all formats write."""
    return [
        made
        for record in records(RECORDS)
        if isinstance(made := decode_transaction(record.key, record.value), Transaction)
    ]


def test_avro_beside_the_plain_path() -> None:
    made = transactions()
    mapping = load_mapping("plaid").decode
    kinds: dict[str, tuple[DecodeRecord, Sequence[bytes]]] = {
        "JSON": (decode_transaction, [encode(one) for one in made]),
        "Avro": (decoder(OWN, decode_transaction), [with_header(1, own_avro(one)) for one in made]),
        "JSON, mapped": (mapping, [encode(plaid(one)) for one in made]),
        "Avro, mapped": (decoder(PLAID, mapping), [with_header(1, plaid_avro(one)) for one in made]),
    }
    keys = [one.user_id.encode() for one in made]
    watch = Stopwatch()

    def run() -> int:
        for name, (decode, values) in kinds.items():
            with watch.lap(name):
                for key, value in zip(keys, values, strict=True):
                    decode(key, value)
        return len(made)

    for name, (decode, values) in kinds.items():
        assert all(isinstance(decode(key, value), Transaction) for key, value in zip(keys, values, strict=True)), name
    rounds(CPU_ROUNDS, run, watch)
    print(f"\n{'µs a record (CPU, one thread)':32} {'bytes':>6} {'median':>8}")
    for name, seconds in watch.medians().items():
        print(f"{name:32} {sum(map(len, kinds[name][1])) // len(made):6,} {seconds * 1e6:8.2f}")


@dataclass(frozen=True, slots=True)
class Drained:
    """How fast a backlog went from the first readable answer to the last, and the worker's CPU a record."""

    rate: float
    cpu_us: float


def drain(run: Program, servers: str, folder: Path) -> Drained:
    """Run a worker on the whole backlog; what it spent before its first answer is not counted."""
    with closing(reader(servers)) as consumer:
        before = last = first = written(consumer)
        first_at = last_at = begun = spent = 0.0
        with running(run, servers, folder) as process:
            deadline = time.monotonic() + LIMIT_SECONDS
            while last - before < BACKLOG or time.monotonic() - last_at < QUIET_SECONDS:
                now, reached = time.monotonic(), written(consumer)
                assert now < deadline, f"{last - before} of {BACKLOG} after {LIMIT_SECONDS:.0f} s"
                if reached > last:
                    spent, last_at, last = cpu_seconds(process.pid), now, reached
                    if not first_at:
                        begun, first_at, first = spent, now, reached
                time.sleep(0.02)
    return Drained((last - first) / (last_at - first_at), (spent - begun) / (last - first) * 1e6)


def program(**variables: str) -> Callable[[str, str, Path], subprocess.Popen[bytes]]:
    """Return the worker with these variables."""

    def run(servers: str, group: str, folder: Path) -> subprocess.Popen[bytes]:
        worker = Worker(group, servers, folder / f"{group}.log", environment={"LEDGERMIND_WORKER_GROUP": group})
        worker.environment |= {"LEDGERMIND_WORKER_BATCH_RECORDS": "1000", **variables}
        worker.start()
        assert worker.process is not None
        return worker.process

    return run


def fill(servers: str, topic: str, keyed: Sequence[tuple[bytes, bytes]]) -> None:
    """Make a topic as ``transactions`` is and put records onto it."""
    admin = AdminClient({"bootstrap.servers": servers})
    for made in admin.create_topics([NewTopic(topic, TRANSACTIONS.partitions, 1)]).values():
        made.result(patience_seconds())
    producer = Producer({"bootstrap.servers": servers, "partitioner": "murmur2_random"})
    for key, value in keyed:
        producer.produce(topic, value, key)
        producer.poll(0)
    assert producer.flush(patience_seconds()) == 0


def test_a_backlog_with_and_without_a_mapping_and_in_avro(
    start_kafka: Callable[[], ApacheKafka], tmp_path: Path
) -> None:
    """Of each kind a backlog lies on a topic of its own; a worker drains one after the other, in turns."""
    made = [decode_transaction(record.key, record.value) for record in records(BACKLOG)]
    sent = [one for one in made if isinstance(one, Transaction)]
    with schema_registry(tmp_path / "registry", port=free_port()) as url:
        ids = {name: register(url, name, encode(schema).decode()) for name, schema in (("own", OWN), ("plaid", PLAID))}
        avro = {"LEDGERMIND_INPUT_FORMAT": "avro", "LEDGERMIND_SCHEMA_REGISTRY_URL": url}
        mapped = {"LEDGERMIND_MAPPING": "plaid"}
        kinds: dict[str, tuple[dict[str, str], Callable[[Transaction], bytes]]] = {
            "JSON": ({}, encode),
            "JSON, mapped": (mapped, lambda one: encode(plaid(one))),
            "Avro": (avro, lambda one: with_header(ids["own"], own_avro(one))),
            "Avro, mapped": (avro | mapped, lambda one: with_header(ids["plaid"], plaid_avro(one))),
        }
        servers = topics_on(start_kafka())
        topics = {name: f"bench.{number}" for number, name in enumerate(kinds)}
        for name, (_, value) in kinds.items():
            fill(servers, topics[name], [(one.user_id.encode(), value(one)) for one in sent])
        taken: dict[str, list[Drained]] = {name: [] for name in kinds}
        for round_ in range(ROUNDS):
            for name in sorted(kinds, reverse=bool(round_ % 2)):
                own = {"LEDGERMIND_KAFKA_TOPICS": f"transactions={topics[name]}"}
                taken[name].append(drain(program(**kinds[name][0], **own), servers, tmp_path))
                print(f"{name}: {taken[name][-1]}", flush=True)
    print(f"\n{'one process, rules':20} {'transactions/s':>14} {'µs of CPU':>10} {'of JSON':>8}")
    plain = statistics.median(one.cpu_us for one in taken["JSON"])
    for name, rounds_ in taken.items():
        rate, spent = (
            statistics.median(values) for values in zip(*[(one.rate, one.cpu_us) for one in rounds_], strict=True)
        )
        print(f"{name:20} {rate:14,.0f} {spent:10.1f} {spent / plain:8.3f}")
