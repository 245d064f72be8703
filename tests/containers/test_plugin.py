"""What somebody else's test would do with the fixtures: send a transaction, read its suggestion, find the tables."""

import json
import urllib.request

import psycopg
import pytest

from ops.patience import patience_seconds
from streams.settings import KafkaSettings
from tests.integration.test_worker import each_once, records
from tests.support.kafka_io import read_outcomes, send_records

pytestmark = [pytest.mark.containers]


def test_a_transaction_becomes_a_suggestion(ledgermind_kafka: KafkaSettings, ledgermind_worker: str) -> None:
    addresses = send_records(ledgermind_kafka.bootstrap_servers, records(500, poison_every=50))
    outcomes = read_outcomes(ledgermind_kafka.bootstrap_servers, addresses)
    assert each_once(outcomes)
    suggested = [json.loads(one.suggestions[0].value() or b"") for one in outcomes.values() if one.suggestions]
    assert len(suggested) == 490
    assert "Groceries" in {suggestion["category"] for suggestion in suggested}
    with urllib.request.urlopen(f"{ledgermind_worker}/metrics", timeout=patience_seconds()) as answer:
        assert b"lm_stream_transactions_total 500.0" in answer.read()


def test_the_warehouse_is_there(ledgermind_postgres: str) -> None:
    with psycopg.connect(ledgermind_postgres) as connection:
        assert connection.execute("select count(*) from raw.transactions").fetchone() == (0,)
