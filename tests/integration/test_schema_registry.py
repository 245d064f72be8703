"""A real schema registry: contracts stay compatible there, references are followed, and each failure is one line."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema, SchemaReference

from ops.kafka.register_schemas import chosen_schemas
from ops.local.ports import LOOPBACK, free_port
from schemas.contracts.avro_schema import avro_schemas
from schemas.contracts.json_schema import json_schemas
from streams.errors import SchemaRegistryAway
from streams.format_settings import RecordFormat
from streams.process.record_formats.avro import avro_reader
from streams.process.record_formats.schema_text import SchemaText, SchemaType
from streams.schema_registry.client import SchemaStore, open_client
from streams.schema_registry.settings import SchemaRegistrySettings
from tests.conftest import ROOT
from tests.support.schema_registry import client, schema_registry

pytestmark = pytest.mark.integration
RELEASED = ROOT / "schemas" / "contracts" / "released" / "1.0"
ASKED: list[str | None] = []
DRAFT_7 = {"$schema": "http://json-schema.org/draft-07/schema#"}


@pytest.fixture(scope="module")
def url(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a registry of this module's own."""
    with schema_registry(tmp_path_factory.mktemp("schema-registry"), port=free_port()) as found:
        yield found


def store_at(url: str, **options: Any) -> SchemaStore:
    settings = SchemaRegistrySettings(url=url, **options)
    return SchemaStore(open_client(settings, extra="avro"), url=url)


@pytest.fixture(scope="module")
def store(url: str) -> SchemaStore:
    return store_at(url)


@pytest.mark.parametrize("topic", sorted(json_schemas()))
def test_a_contract_is_compatible_with_what_was_released(store: SchemaStore, topic: str) -> None:
    subject = f"released-{topic}"
    released = json.loads((RELEASED / f"{topic}.json").read_text())
    store.register(subject, SchemaText(SchemaType.JSON, json.dumps(released | DRAFT_7)))
    store.set_compatibility(subject, "BACKWARD")
    (today,) = chosen_schemas(RecordFormat.JSON_SCHEMA, topics=[topic], file=None).values()
    assert store.is_compatible(subject, today)
    (name,) = [key for key in released["$defs"] if released["$ref"].endswith(f"/{key}")]
    released["$defs"][name]["required"] = [*released["$defs"][name]["required"], "new"]
    released["$defs"][name]["properties"]["new"] = {"type": "string"}
    assert not store.is_compatible(subject, SchemaText(SchemaType.JSON, json.dumps(released | DRAFT_7)))


def test_avro_may_gain_a_field_with_a_default_and_no_other(store: SchemaStore) -> None:
    schema: Any = avro_schemas()["transactions"]
    store.register("avro", SchemaText(SchemaType.AVRO, json.dumps(schema)))
    store.set_compatibility("avro", "FULL_TRANSITIVE")
    for default, is_compatible in (({"default": ""}, True), ({}, False)):
        more = schema | {"fields": [*schema["fields"], {"name": "branch", "type": "string", **default}]}
        assert store.is_compatible("avro", SchemaText(SchemaType.AVRO, json.dumps(more))) is is_compatible


def test_a_schema_comes_with_those_that_it_refers_to(url: str, store: SchemaStore) -> None:
    money = '{"type": "record", "name": "Money", "namespace": "bank", "fields": [{"name": "digits", "type": "string"}]}'
    client(url).register_schema("bank.Money", Schema(money, "AVRO"))
    text = '{"type": "record", "name": "T", "fields": [{"name": "amount", "type": "bank.Money"}]}'
    references = [SchemaReference("bank.Money", "bank.Money", 1)]
    found = store.schema(client(url).register_schema("refers", Schema(text, "AVRO", references)))
    assert found is not None
    assert [name for name, _ in found.references] == ["bank.Money"]
    assert avro_reader(found)(b"\x02a") == {"amount": {"digits": "a"}}


def test_an_id_that_is_not_there_is_no_outage(store: SchemaStore) -> None:
    store.check()
    assert store.schema(987_654) is None


def test_an_address_that_speaks_another_api_is_said(url: str) -> None:
    with pytest.raises(SchemaRegistryAway, match=r"speaks no API of Confluent's \(404\)"):
        store_at(url.replace("/apis/ccompat/v7", "/elsewhere")).check()
    with pytest.raises(SchemaRegistryAway, match=r"speaks no API of Confluent's \(404\)"):
        store_at(url.replace("/apis/ccompat/v7", "/elsewhere")).schema(1)


class Refuses(BaseHTTPRequestHandler):
    """Answers 401, and notes who asked."""

    def do_GET(self) -> None:
        ASKED.append(self.headers.get("Authorization"))
        self.send_response(401)
        self.end_headers()
        self.wfile.write(b'{"error_code": 401, "message": "no"}')

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def test_who_is_refused_is_told_which_variables_to_set() -> None:
    server = HTTPServer((LOOPBACK, 0), Refuses)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(SchemaRegistryAway, match=r"refuses us \(401\); set LEDGERMIND_SCHEMA_REGISTRY_USERNAME"):
            store_at(f"http://{LOOPBACK}:{server.server_port}", username="ana", password="secret").check()
    finally:
        server.shutdown()
    assert ASKED[0] == "Basic YW5hOnNlY3JldA=="


def test_nobody_there_is_said_in_one_line() -> None:
    with pytest.raises(SchemaRegistryAway) as told:
        store_at(f"http://{LOOPBACK}:{free_port()}").check()
    assert "does not answer (ConnectError)" in str(told.value)
    assert "\n" not in str(told.value)
