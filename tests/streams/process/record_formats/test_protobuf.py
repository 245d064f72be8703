"""Protobuf: a message becomes the JSON that a Transaction or a mapping reads, whatever is set and whichever message."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_tools import protoc
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.transaction import Transaction
from streams.process.codec import decode_transaction
from streams.process.record_formats.decoder import registry_decoder
from streams.process.record_formats.schema_text import (
    ReadPayload,
    SchemaText,
    SchemaType,
    UnreadableValue,
    UnusableSchema,
)
from streams.process.record_formats.wire_format import with_header
from streams.schema_registry.protoc import compiled_reader

SCHEMA = """
syntax = "proto3";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message Other { string a = 1; }
message Batch {
  message Sent {
    string schema_version = 1;
    string txn_id = 2;
    string user_id = 3;
    string account_id = 4;
    google.protobuf.Timestamp occurred_at = 5;
    string amount = 6;
    string currency = 7;
    string description = 8;
    google.protobuf.StringValue merchant = 9;
    string mcc = 10;
    Way channel = 11;
    repeated Other others = 12;
    map<string, Other> by_name = 13;
    optional int64 cents = 14;
    Batch.Sent inner = 15;
    double rate = 16;
  }
  enum Way { online = 0; pos = 1; }
}
"""
FLOAT_MONEY = SCHEMA.replace("string amount = 6", "double amount = 6")
NESTED = b"\x04\x02\x00"  # two indexes: the second message, and the first within it


@pytest.fixture(scope="module")
def reader() -> ReadPayload:
    return compiled_reader(SchemaText(SchemaType.PROTOBUF, SCHEMA))


@pytest.fixture(scope="module")
def message(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    """Return a function that writes a message of the schema, as a producer does."""
    folder = tmp_path_factory.mktemp("proto")
    (folder / "sent.proto").write_text(SCHEMA)
    well_known = Path(sys.modules["grpc_tools"].__path__[0]) / "_proto"
    compiled = folder / "compiled"
    assert not protoc.main(
        ["", f"-I{folder}", f"-I{well_known}", "--include_imports", f"--descriptor_set_out={compiled}", "sent.proto"]
    )
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(compiled.read_bytes()).file:
        pool.Add(file)
    sent = GetMessageClass(pool.FindMessageTypeByName("Batch.Sent"))

    def write(**changes: Any) -> bytes:
        fields = {
            "schema_version": "1.0",
            "txn_id": "t-1",
            "user_id": "u-1",
            "account_id": "a-1",
            "amount": "-12.50",
            "currency": "EUR",
            "description": "CAFE LUNA",
            "occurred_at": datetime(2026, 5, 1, 12, 30, tzinfo=UTC),
        } | changes
        return bytes(sent(**fields).SerializeToString())

    return write


def read(reader: ReadPayload, payload: bytes) -> object:
    return registry_decoder(decode_transaction, lambda schema_id: reader, money=("amount",))(
        b"u-1", with_header(7, payload)
    )


def test_a_message_within_another_becomes_a_transaction(reader: ReadPayload, message: Callable[..., bytes]) -> None:
    found = read(reader, NESTED + message(merchant={"value": "Luna"}, channel=1))
    assert isinstance(found, Transaction), found
    assert (found.amount, found.merchant, found.mcc, found.channel) == ("-12.50", "Luna", None, "pos")
    assert found.occurred_at == datetime(2026, 5, 1, 12, 30, tzinfo=UTC)


def test_what_is_not_set_is_missing(reader: ReadPayload, message: Callable[..., bytes]) -> None:
    for field in ("amount", "occurred_at"):
        found = read(reader, NESTED + message(**{field: None}))
        assert found == RecordError(DeadLetterReason.MISSING_FIELD, f"{field}: is missing")


def test_lists_maps_and_messages_within_are_read(reader: ReadPayload, message: Callable[..., bytes]) -> None:
    found = reader(
        NESTED + message(others=[{"a": "x"}, {"a": "y"}], by_name={"k": {"a": "z"}}, cents=0, inner={"txn_id": "in"})
    )
    assert isinstance(found, dict)
    assert (found["others"], found["by_name"], found["cents"]) == ([{"a": "x"}, {"a": "y"}], {"k": {"a": "z"}}, 0)
    assert found["inner"]["txn_id"] == "in"  # type: ignore[index]
    assert "cents" not in reader(NESTED + message())


def test_the_first_message_is_one_byte(reader: ReadPayload) -> None:
    assert reader(b"\x00\x0a\x01x") == {"a": "x"}
    assert reader(b"\x02\x00\x0a\x01x") == {"a": "x"}


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x02", id="no index"),
        pytest.param(b"\x02\x08", id="an index of no message"),
        pytest.param(b"\x01\x00", id="less than no index"),
        pytest.param(b"\xff\xff\xff\xff\x0f", id="too many indexes"),
        pytest.param(b"\x00\x0a\x05x", id="cut short"),
    ],
)
def test_a_value_that_is_none_is_said_so(reader: ReadPayload, payload: bytes) -> None:
    with pytest.raises(UnreadableValue):
        reader(payload)


def test_a_double_is_no_money(message: Callable[..., bytes]) -> None:
    floats = compiled_reader(SchemaText(SchemaType.PROTOBUF, FLOAT_MONEY))
    whole = message(amount="")
    found = read(floats, NESTED + whole + b"\x31" + b"\0\0\0\0\0\0\x29\xc0")
    assert isinstance(found, RecordError)
    assert found.detail == "amount: is a float or double; money is a decimal or a string"


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param(SchemaText(SchemaType.PROTOBUF, 'syntax = "proto3"; message'), id="cut short"),
        pytest.param(SchemaText(SchemaType.PROTOBUF, 'syntax = "proto3";'), id="no message"),
        pytest.param(SchemaText(SchemaType.PROTOBUF, 'syntax = "proto3"; import "x.proto";'), id="an unknown import"),
        pytest.param(SchemaText(SchemaType.PROTOBUF, SCHEMA, (("../x.proto", ""),)), id="an import from elsewhere"),
    ],
)
def test_an_unusable_schema_is_refused(schema: SchemaText) -> None:
    with pytest.raises(UnusableSchema):
        compiled_reader(schema)


def test_a_schema_may_import_what_it_refers_to() -> None:
    money = 'syntax = "proto3"; package bank; message Money { string digits = 1; }'
    text = 'syntax = "proto3"; import "bank/money.proto"; message T { bank.Money amount = 1; }'
    reader = compiled_reader(SchemaText(SchemaType.PROTOBUF, text, (("bank/money.proto", money),)))
    assert reader(b"\x00\x0a\x03\x0a\x014") == {"amount": {"digits": "4"}}


@given(st.binary(max_size=60))
def test_no_bytes_raise(noise: bytes) -> None:
    reader = (
        READERS.setdefault("one", compiled_reader(SchemaText(SchemaType.PROTOBUF, SCHEMA)))
        if not READERS
        else READERS["one"]
    )
    for start in (b"", b"\x00", NESTED):
        assert isinstance(read(reader, start + noise), Transaction | RecordError)


READERS: dict[str, ReadPayload] = {}
