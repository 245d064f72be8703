"""Formats: Avro and JSON Schema behind a real schema registry become suggestions and rows, and nothing is lost."""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ops.patience import wait_for
from tests.promises.avro_topic import ANY_OBJECT, avro, framed, plaid_record, plaid_schema, register
from tests.promises.conftest import SESSION, RunCommand
from tests.promises.events import payment
from tests.promises.program import Program
from tests.promises.stack import Stack, unused_port

TOPIC = "bank.plaid-avro"
PLAID = {
    "LEDGERMIND_KAFKA_PREFIX": "avro.",
    "LEDGERMIND_KAFKA_TOPICS": f"transactions={TOPIC}",
    "LEDGERMIND_MAPPING": "plaid",
    "LEDGERMIND_INPUT_FORMAT": "avro",
}


@pytest.fixture(scope="module")
def values(schema_registry: str) -> list[bytes]:
    """Return what lies on the topic: two schemas, records that can be read, are skipped, and cannot be read."""
    first, second = plaid_schema(), plaid_schema(website={"type": "string", "default": ""})
    ids = [register(schema_registry, f"{TOPIC}-value", schema) for schema in (first, second)]
    whole = avro(ids[0], first, plaid_record(1))
    return [
        whole,
        avro(ids[1], second, plaid_record(2, amount=Decimal("-10.05"), website="tesco.com")),
        avro(ids[0], first, plaid_record(3, pending=True)),
        avro(ids[0], first, plaid_record(4, account_id="")),
        whole[:-3],
        framed(987_654, whole[5:]),
        avro(ids[0], first, plaid_record(7, datetime=None)),
    ]


GOOD = [0, 1, 6]
REFUSED = {
    3: ("missing_field", "account_id: is missing (for account_id)"),
    4: ("malformed_value", "value: is cut short"),
    5: ("unusable_schema", "schema 987654: the schema registry has none of this id"),
}
Avro = tuple[Stack, Program, list[bytes]]


@pytest.fixture(scope="module")
def plaid_avro(stack: Stack, schema_registry: str, values: list[bytes]) -> Iterator[Avro]:
    """Return an installation that reads Plaid's records in Avro, after worker and landing took all of them."""
    variables = SESSION | PLAID | {"LEDGERMIND_SCHEMA_REGISTRY_URL": schema_registry}
    one = Stack(stack.bootstrap_servers, stack.dsn, stack.folder, variables)
    one.succeed("topics", "create")
    with one.worker() as worker, one.landing():
        one.publish(TOPIC, values, key="account-1")
        counted = "select (select count(*) from raw.suggestion_events), (select count(*) from raw.dead_letters)"
        wait_for(lambda: one.sql(counted) == [(len(GOOD), len(REFUSED))], "suggestions and dead letters in the tables")
        rejected = "select count(*) from raw.rejects"
        wait_for(lambda: one.sql(rejected) == [(len(REFUSED),)], "rejects in their table")
        yield one, worker, values


@pytest.mark.promise("What was read goes through the [mapping](MAPPING.md) where one is configured.", "docs/FORMATS.md")
@pytest.mark.promise(
    "A record is read by the schema that it was written by, whichever version that is.", "docs/FORMATS.md"
)
def test_records_in_avro_become_suggestions(plaid_avro: Avro) -> None:
    stack, _, _ = plaid_avro
    found = stack.read("avro.suggestions")
    assert sorted(one.json["txn_id"] for one in found) == ["plaid-1", "plaid-2", "plaid-7"]
    assert {one.json["category"] for one in found} == {"Groceries"}
    assert all(one.key == one.json["user_id"].encode() for one in found)


@pytest.mark.promise(
    "What the worker accepts lands in Postgres, whatever the format; what it refuses is a reject there.",
    "docs/FORMATS.md",
)
def test_the_same_records_land(plaid_avro: Avro) -> None:
    stack, _, _ = plaid_avro
    columns = "source_offset, txn_id, round(amount, 2)::text, occurred_at at time zone 'UTC', country"
    rows = stack.sql(f"select {columns} from raw.transactions order by source_offset")
    assert [(offset, txn, amount, str(at), country) for offset, txn, amount, at, country in rows] == [
        (0, "plaid-1", "-4.20", "2026-05-01 12:01:00", "GB"),
        (1, "plaid-2", "10.05", "2026-05-01 12:02:00", "GB"),
        (6, "plaid-7", "-4.20", "2026-05-01 00:00:00", "GB"),
    ]
    rejects = stack.sql("select source_offset, reason from raw.rejects order by source_offset")
    assert rejects == [(offset, reason) for offset, (reason, _) in REFUSED.items()]


@pytest.mark.promise(
    "A record that cannot be read is a dead letter with its reason, and keeps its own bytes.", "docs/FORMATS.md"
)
def test_what_cannot_be_read_is_a_dead_letter(plaid_avro: Avro) -> None:
    stack, worker, values = plaid_avro
    letters = {record.input_address[1]: record for record in stack.read("avro.transactions-dlq")}
    assert letters.keys() == REFUSED.keys()
    for offset, (reason, detail) in REFUSED.items():
        letter = letters[offset]
        assert (letter.value, letter.key) == (values[offset], b"account-1")
        assert letter.headers["dlq.reason"] == reason
        assert letter.headers["dlq.detail"].startswith(detail)
        assert worker.metrics()[f'lm_stream_dead_letters_total{{reason="{reason}"}}'] == 1.0


@pytest.mark.promise("so they refuse to where `LEDGERMIND_INPUT_FORMAT` is another", "docs/FORMATS.md")
def test_a_command_that_sends_json_refuses_to(plaid_avro: Avro) -> None:
    stack, _, _ = plaid_avro
    (stack.folder / "one.csv").write_text("occurred_at,amount,description\n2026-01-02,-1,TESCO\n")
    done = stack.run("publish", "one.csv", LEDGERMIND_MAPPING="")
    assert done.code == 1
    assert "LEDGERMIND_INPUT_FORMAT is avro" in done.stderr


def own_names(stack: Stack, name: str, url: str, record_format: str) -> Stack:
    """Return an installation of its own on the stack's broker, its topics made."""
    variables = {
        "LEDGERMIND_KAFKA_PREFIX": f"{name}.",
        "LEDGERMIND_INPUT_FORMAT": record_format,
        "LEDGERMIND_SCHEMA_REGISTRY_URL": url,
    }
    one = Stack(stack.bootstrap_servers, stack.dsn, stack.folder, SESSION | variables)
    one.succeed("topics", "create")
    return one


def has_answered(stack: Stack, topic: str, count: int) -> bool:
    """Return whether so many records lie on a topic."""
    return len(stack.read(topic)) == count


@pytest.mark.promise(
    "Without one the record must have the fields of a Transaction, under their names.", "docs/FORMATS.md"
)
def test_records_of_a_json_schema_become_suggestions(stack: Stack, schema_registry: str) -> None:
    one = own_names(stack, "js", schema_registry, "json-schema")
    one.succeed("schemas", "register", "--format", "json-schema", "--topic", "transactions")
    said = one.succeed("schemas", "register", "--format", "json-schema", "--topic", "transactions", "--json").json
    events = [payment(number, user_id="u") for number in range(5)]
    sent = [framed(said["id"], json.dumps(event).encode()) for event in events]
    with one.worker():
        one.publish("js.transactions", [*sent, json.dumps(events[0]).encode()], key="u")
        wait_for(partial(has_answered, one, "js.suggestions", 5), "suggestions")
        wait_for(partial(has_answered, one, "js.transactions-dlq", 1), "a dead letter for what has no header")


@pytest.mark.promise("A start while it does not answer leaves with exit code 13", "docs/FORMATS.md")
@pytest.mark.parametrize("program", ["landing"])
def test_a_start_without_a_registry_says_so(stack: Stack, program: str) -> None:
    port = unused_port()
    away = {"LEDGERMIND_INPUT_FORMAT": "avro", "LEDGERMIND_SCHEMA_REGISTRY_URL": f"http://127.0.0.1:{port}"}
    done = stack.run(program, "--once", LEDGERMIND_LANDING_PORT=str(unused_port()), **away)
    assert done.code == 13
    assert f"schema registry http://127.0.0.1:{port}: does not answer" in done.stderr.splitlines()[-1]
    nowhere = stack.run(program, "--once", LEDGERMIND_INPUT_FORMAT="avro")
    assert nowhere.code == 2
    assert "LEDGERMIND_SCHEMA_REGISTRY_URL: give the address" in nowhere.stderr


@pytest.mark.slow
@pytest.mark.promise("records of known schemas are read without any registry", "docs/FORMATS.md")
@pytest.mark.promise(
    "No position moves, no record becomes a dead letter, and the parent starts it again until the registry answers.",
    "docs/FORMATS.md",
)
def test_a_registry_that_goes_away_costs_no_record(stack: Stack, registry_behind_proxy: tuple[str, Any]) -> None:
    url, proxy = registry_behind_proxy
    one = own_names(stack, "away", url, "json-schema")
    known = register(url, "known", ANY_OBJECT, type_="JSON")
    other = register(url, "other", ANY_OBJECT | {"title": "other"}, type_="JSON")

    def send(schema_id: int, first: int) -> None:
        events = [payment(number, user_id="u") for number in range(first, first + 10)]
        one.publish("away.transactions", [framed(schema_id, json.dumps(event).encode()) for event in events], key="u")

    with one.worker() as worker:
        send(known, 0)
        wait_for(partial(has_answered, one, "away.suggestions", 10), "suggestions of a known schema")
        proxy.cut()
        send(known, 10)
        wait_for(partial(has_answered, one, "away.suggestions", 20), "suggestions while the registry is away")
        send(other, 20)
        wait_for(lambda: "does not answer" in worker.log.read_text(), "the worker to name the registry")
        proxy.mend()
        wait_for(partial(has_answered, one, "away.suggestions", 30), "suggestions once it is back")
    assert one.read("away.transactions-dlq") == []
    assert len({record.input_address for record in one.read("away.suggestions")}) == 30


@pytest.mark.promise(
    "Nothing is registered where the registry calls one of them incompatible with what its subject holds.",
    "ledgermind schemas register --help",
)
def test_an_incompatible_schema_is_not_registered(run: RunCommand, schema_registry: str, tmp_path: Path) -> None:
    names = {"LEDGERMIND_SCHEMA_REGISTRY_URL": schema_registry, "LEDGERMIND_KAFKA_PREFIX": "registered."}
    own = ("schemas", "register", "--format", "avro", "--topic", "transactions")
    asked = run(*own, "--dry-run", **names)
    assert (asked.code, asked.stdout) == (0, "registered.transactions-value: compatible\n")
    first = run(*own, "--compatibility", "FULL", "--json", **names)
    assert (first.code, first.json["subject"]) == (0, "registered.transactions-value"), first.stderr
    (tmp_path / "other.avsc").write_text(
        '{"type": "record", "name": "Transaction", "namespace": "ledgermind",'
        ' "fields": [{"name": "other", "type": "string"}]}'
    )
    refused = run("schemas", "register", "--format", "avro", "--file", "other.avsc", **names)
    assert refused.code == 1
    assert "registered.transactions-value: not compatible" in refused.stderr
    again = run(*own, "--json", **names)
    assert again.json == first.json
    (tmp_path / "none.avsc").write_text('"string"')
    none = run("schemas", "register", "--format", "avro", "--file", "none.avsc", **names)
    assert (none.code, "none.avsc: is no Avro record" in none.stderr) == (1, True)


PROTO = """
syntax = "proto3";
message Transaction {
  string schema_version = 1;
  string txn_id = 2;
  string user_id = 3;
  string account_id = 4;
  string occurred_at = 5;
  string amount = 6;
  string currency = 7;
  string description = 8;
}
"""
PROTO_FIELDS = re.findall(r"string (\w+) = (\d);", PROTO)


def protobuf(event: Mapping[str, Any]) -> bytes:
    """Return an event as a message of the schema: its index, and then each field as a text."""
    fields = ((int(number), str(event[name]).encode()) for name, number in PROTO_FIELDS)
    return b"\0" + b"".join(bytes([number << 3 | 2, len(text)]) + text for number, text in fields)


@pytest.mark.promise(
    "`protoc`, which comes with the extra, compiles each schema once, with those that it refers to.", "docs/FORMATS.md"
)
def test_records_in_protobuf_become_suggestions(stack: Stack, schema_registry: str) -> None:
    one = own_names(stack, "pb", schema_registry, "protobuf")
    (one.folder / "transaction.proto").write_text(PROTO)
    file = ("--file", "transaction.proto")
    schema_id = one.succeed("schemas", "register", "--format", "protobuf", *file, "--json").json["id"]
    sent = [framed(schema_id, protobuf(payment(number, user_id="u"))) for number in range(5)]
    with one.worker():
        one.publish("pb.transactions", [*sent, sent[0][:-3]], key="u")
        wait_for(partial(has_answered, one, "pb.suggestions", 5), "suggestions")
        wait_for(partial(has_answered, one, "pb.transactions-dlq", 1), "a dead letter for what was cut short")
