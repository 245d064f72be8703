"""Formats: Avro and JSON Schema behind a real schema registry become suggestions and rows, and nothing is lost."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from ops.patience import wait_for
from tests.promises.avro_topic import avro, framed, plaid_record, plaid_schema, register
from tests.promises.conftest import SESSION
from tests.promises.program import Program
from tests.promises.stack import Stack

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
