"""Output formats: suggestions in Avro or JSON Schema are read by any consumer of a registry, and by the landing."""

import json
from functools import partial
from io import BytesIO
from typing import Any

import fastavro
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient

from ops.patience import wait_for
from tests.promises.conftest import SESSION
from tests.promises.events import payment
from tests.promises.stack import Stack, unused_port
from tests.promises.topic import Record

SENT = 20


def read_by_registry(url: str, record: Record) -> Any:
    """Return what a consumer reads that knows the registry alone."""
    assert record.value[0] == 0
    schema = SchemaRegistryClient({"url": url}).get_schema(int.from_bytes(record.value[1:5]))
    if schema.schema_type == "JSON":
        return json.loads(record.value[5:])
    return fastavro.schemaless_reader(BytesIO(record.value[5:]), json.loads(str(schema.schema_str)), None)


def has_landed(stack: Stack, count: int) -> bool:
    """Return whether so many suggestions are in their table."""
    return stack.sql("select count(*) from raw.suggestion_events") == [(count,)]


@pytest.mark.slow
@pytest.mark.promise("`LEDGERMIND_SUGGESTIONS_FORMAT` writes suggestions in Avro or JSON Schema", "docs/FORMATS.md")
@pytest.mark.promise(
    "What lies on the topic from before, in JSON or by another schema, is read as well.", "docs/FORMATS.md"
)
def test_suggestions_are_written_by_a_schema(stack: Stack, schema_registry: str) -> None:
    url = {"LEDGERMIND_SCHEMA_REGISTRY_URL": schema_registry}
    with stack.worker():
        stack.score([payment(number) for number in range(SENT)])
    one = Stack(stack.bootstrap_servers, stack.dsn, stack.folder, SESSION | url)
    one.variables["LEDGERMIND_SUGGESTIONS_FORMAT"] = "avro"
    refused = one.run("worker", LEDGERMIND_WORKER_PORT=str(unused_port()))
    assert refused.code == 2
    assert "ledgermind schemas register --format avro --topic suggestions" in refused.stderr + refused.stdout
    one.succeed("schemas", "register", "--format", "avro", "--topic", "suggestions")
    with one.worker(), one.landing():
        sent = one.score([payment(SENT + number) for number in range(SENT)])
        wait_for(partial(has_landed, one, 2 * SENT), "suggestions in both formats in their table")
    plain = [record for record in one.read("suggestions") if record.value[:1] == b"{"]
    framed = [record for record in one.read("suggestions") if record.value[:1] != b"{"]
    assert (len(plain), len(framed)) == (SENT, SENT)
    read = [read_by_registry(schema_registry, record) for record in framed]
    assert len({said["event_id"] for said in read}) == SENT
    assert {tuple(map(int, said["event_id"].rsplit("-", 2)[1:])) for said in read} == set(sent)
    answer = read[0]
    assert {*plain[0].json} <= {*answer}
    columns = "category, confidence, source"
    landed = one.sql(f"select {columns} from raw.suggestion_events where event_id = %s", answer["event_id"])
    assert landed == [(answer["category"], answer["confidence"], answer["source"])]
    assert one.sql("select count(*) from raw.rejects") == [(0,)]


@pytest.mark.promise("`LEDGERMIND_SUGGESTIONS_FORMAT` writes suggestions in Avro or JSON Schema", "docs/FORMATS.md")
def test_suggestions_are_written_in_json_schema(stack: Stack, schema_registry: str) -> None:
    variables = {
        "LEDGERMIND_KAFKA_PREFIX": "out.",
        "LEDGERMIND_SUGGESTIONS_FORMAT": "json-schema",
        "LEDGERMIND_SCHEMA_REGISTRY_URL": schema_registry,
    }
    one = Stack(stack.bootstrap_servers, stack.dsn, stack.folder, SESSION | variables)
    one.succeed("topics", "create")
    one.succeed("schemas", "register", "--format", "json-schema", "--topic", "suggestions")
    with one.worker():
        one.publish("out.transactions", [payment(number) for number in range(SENT)])
        wait_for(lambda: len(one.read("out.suggestions")) == SENT, "suggestions")
    read = [read_by_registry(schema_registry, record) for record in one.read("out.suggestions")]
    assert {said["txn_id"] for said in read} == {payment(number)["txn_id"] for number in range(SENT)}
