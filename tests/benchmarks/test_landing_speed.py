"""How fast every kind of event lands in Postgres: what a worker reads and both events that it writes."""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import Producer

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.local.ports import free_port
from ops.local.process import start, stop
from ops.warehouse.migrate import migrate
from rules.load import load_rules
from schemas.contracts.topics import COMPARISONS, SUGGESTIONS, TRANSACTIONS
from streams.process.batch_types import Answers, Context
from streams.process.pipeline import assign, conclude, decode, encode
from streams.settings import KafkaSettings
from tests.benchmarks.test_in_process import rollout
from tests.benchmarks.traffic import records

pytestmark = [pytest.mark.benchmark, pytest.mark.kafka]
COUNT = 60_000
KINDS = 3
ROUNDS = 3
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def send_all(servers: str) -> None:
    """Put transactions, suggestions and comparisons onto their topics."""
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 20, "queue.buffering.max.messages": 1_000_000})
    engine, in_force = load_rules(None), rollout(None)
    decoded = decode(records(COUNT))
    rules = engine.answer(decoded.transactions, decoded.descriptors)
    context = Context("bGFuZGluZw", engine.version, in_force, 1, NOW)
    for item in conclude(decoded, assign(decoded.transactions, in_force), Answers(rules, {}), context):
        suggestion, comparison = encode(item)
        events = ((TRANSACTIONS, item.record.value), (SUGGESTIONS, suggestion), (COMPARISONS, comparison))
        for spec, value in events:
            producer.produce(spec.name, value, item.record.key)
        producer.poll(0)
    assert producer.flush(60) == 0


def landed(connection: psycopg.Connection) -> int:
    row = connection.execute("select coalesce(sum(next), 0) from raw.landing_positions").fetchone()
    assert row is not None
    return int(row[0])


def land_seconds(servers: str, dsn: str, log: Path) -> float:
    """Land everything from nothing; return the seconds from the first row to the last."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for table in ("landing_positions", "transactions", "suggestion_events", "suggestion_compare"):
            connection.execute(f"truncate raw.{table}".encode())
        process = start(
            [sys.executable, "-m", "streams.landing"],
            log=log,
            environment={
                "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": servers,
                "LEDGERMIND_POSTGRES_DSN": dsn,
                "LEDGERMIND_LANDING_PORT": str(free_port()),
                "LEDGERMIND_LANDING_SESSION_TIMEOUT_MS": "6000",
            },
        )
        try:
            began = 0.0
            while (now := landed(connection)) < KINDS * COUNT:
                began = began or (time.monotonic() if now else 0.0)
                assert process.poll() is None, log.read_text()[-500:]
                time.sleep(0.02)
            return time.monotonic() - began
        finally:
            stop(process)


def test_events_a_second(start_kafka: Callable[[], ApacheKafka], database: str, tmp_path: Path) -> None:
    servers = start_kafka().bootstrap_servers
    create_topics(KafkaSettings(bootstrap_servers=servers))
    migrate(database)
    send_all(servers)
    taken = [land_seconds(servers, database, tmp_path / "landing.log") for _ in range(ROUNDS)]
    print(f"\nlanding: {KINDS * COUNT / statistics.median(taken):,.0f} events/s, median of {ROUNDS} rounds")
