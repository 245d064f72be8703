"""Decoder of registry formats: Avro becomes the JSON that a Transaction or a mapping reads, and money is no float."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.transaction import Transaction
from streams.process.codec import decode_transaction
from streams.process.input_mapping.load import load_mapping
from streams.process.record_formats.avro import avro_reader
from streams.process.record_formats.decoder import registry_decoder
from streams.process.record_formats.json_schema import json_schema_reader
from streams.process.record_formats.schema_text import ReadPayload, SchemaText, SchemaType, UnusableSchema
from streams.process.record_formats.wire_format import with_header

TEXTS = ("schema_version", "txn_id", "user_id", "account_id", "currency", "description")
GOOD: dict[str, Any] = {
    "schema_version": "1.0",
    "txn_id": "t-1",
    "user_id": "u-1",
    "account_id": "a-1",
    "currency": "EUR",
    "description": "CAFE LUNA",
    "amount": "-12.50",
    "occurred_at": "2026-05-01T12:30:00+02:00",
}
MICROS = {"type": "long", "logicalType": "timestamp-micros"}
MILLIS = {"type": "long", "logicalType": "timestamp-millis"}
DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 26, "scale": 8}


def schema_of(**types: Any) -> dict[str, Any]:
    fields: dict[str, Any] = dict.fromkeys((*TEXTS, "amount", "occurred_at"), "string") | types
    return {"type": "record", "name": "Sent", "fields": [{"name": name, "type": of} for name, of in fields.items()]}


def avro_text(schema: object) -> SchemaText:
    return SchemaText(SchemaType.AVRO, json.dumps(schema))


def written(schema: dict[str, Any], record: dict[str, Any]) -> bytes:
    stream = BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(schema), record)
    return with_header(7, stream.getvalue())


def decoder(reader: ReadPayload | RecordError) -> Callable[[bytes | None, bytes | None], object]:
    return registry_decoder(decode_transaction, lambda schema_id: reader, money=("amount",))


def read(schema: dict[str, Any], **changes: Any) -> object:
    return decoder(avro_reader(avro_text(schema)))(b"u-1", written(schema, GOOD | changes))


@pytest.mark.parametrize(
    ("amount_type", "amount", "digits"),
    [
        pytest.param("string", "-12.50", "-12.50", id="text"),
        pytest.param(DECIMAL, Decimal("-12.5"), "-12.50000000", id="decimal"),
        pytest.param(DECIMAL, Decimal("0.00000001"), "0.00000001", id="smallest decimal"),
        pytest.param(["null", DECIMAL], Decimal(-3), "-3.00000000", id="decimal or null"),
    ],
)
def test_an_amount_keeps_its_digits(amount_type: object, amount: object, digits: str) -> None:
    found = read(schema_of(amount=amount_type), amount=amount)
    assert isinstance(found, Transaction), found
    assert found.amount == digits


@pytest.mark.parametrize("amount_type", ["float", "double", ["null", "double"]])
def test_a_float_is_no_money(amount_type: object) -> None:
    found = read(schema_of(amount=amount_type), amount=-12.5)
    assert found == RecordError(
        DeadLetterReason.WRONG_TYPE, "amount: is a float or double; money is a decimal or a string"
    )


@pytest.mark.parametrize("time_type", [MILLIS, MICROS])
def test_a_time_is_the_same_moment(time_type: object) -> None:
    at = datetime(2026, 5, 1, 12, 30, 15, 250_000, UTC)
    found = read(schema_of(occurred_at=time_type), occurred_at=at)
    assert isinstance(found, Transaction)
    assert found.occurred_at == at


def test_a_text_keeps_its_offset() -> None:
    found = read(schema_of())
    assert isinstance(found, Transaction)
    assert found.occurred_at.isoformat() == "2026-05-01T12:30:00+02:00"


def test_a_mapping_reads_what_avro_holds() -> None:
    types = {
        "transaction_id": "string",
        "client_user_id": "string",
        "account_id": "string",
        "amount": DECIMAL,
        "iso_currency_code": "string",
        "date": {"type": "int", "logicalType": "date"},
        "datetime": ["null", MILLIS],
        "name": "string",
        "payment_channel": {"type": "enum", "name": "Entry", "symbols": ["online", "store"]},
        "pending": "boolean",
    }
    schema = {"type": "record", "name": "P", "fields": [{"name": name, "type": of} for name, of in types.items()]}
    record = dict.fromkeys(types, "x") | {
        "amount": Decimal("4.20"),
        "iso_currency_code": "GBP",
        "date": date(2026, 5, 1),
        "datetime": None,
        "payment_channel": "online",
        "pending": False,
    }
    mapping = load_mapping("plaid")
    reader = avro_reader(avro_text(schema))
    decode = registry_decoder(mapping.decode, lambda schema_id: reader, money=mapping.spec.money.source.parts)
    found = decode(b"k", written(schema, record))
    assert isinstance(found, Transaction), found
    assert (found.amount, found.occurred_at, found.channel) == (
        "-4.20000000",
        datetime(2026, 5, 1, tzinfo=UTC),
        "online",
    )


def test_a_float_deep_in_a_record_is_found_where_the_mapping_looks() -> None:
    reader: ReadPayload = lambda payload: {"lines": [{"cents": 1.5}]}  # noqa: E731 - as short as what it says
    decode = registry_decoder(decode_transaction, lambda schema_id: reader, money=("lines", 0, "cents"))
    found = decode(b"k", with_header(1, b"x"))
    assert isinstance(found, RecordError)
    assert found.detail.startswith("lines.0.cents: is a float")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(None, DeadLetterReason.NULL_VALUE, id="null"),
        pytest.param(b"", DeadLetterReason.EMPTY_VALUE, id="empty"),
        pytest.param(b"\0\0\0\0", DeadLetterReason.MALFORMED_VALUE, id="shorter than its header"),
        pytest.param(json.dumps(GOOD).encode(), DeadLetterReason.MALFORMED_VALUE, id="JSON without a header"),
        pytest.param(with_header(7, b""), DeadLetterReason.MALFORMED_VALUE, id="nothing behind its header"),
        pytest.param(written(schema_of(), GOOD)[:-1], DeadLetterReason.MALFORMED_VALUE, id="cut short"),
        pytest.param(written(schema_of(), GOOD) + b"\0", DeadLetterReason.MALFORMED_VALUE, id="longer than its schema"),
        pytest.param(with_header(7, b"\0" * 70_000), DeadLetterReason.OVERSIZE, id="too large"),
        pytest.param(
            written(schema_of(), GOOD | {"currency": "euro"}), DeadLetterReason.INVALID_VALUE, id="no currency"
        ),
    ],
)
def test_each_unreadable_value_has_its_reason(value: bytes | None, reason: DeadLetterReason) -> None:
    found = decoder(avro_reader(avro_text(schema_of())))(b"u-1", value)
    assert isinstance(found, RecordError)
    assert found.reason is reason


def test_a_time_that_no_calendar_has_is_a_dead_letter() -> None:
    plain = schema_of(occurred_at="long")
    value = written(plain, GOOD | {"occurred_at": 2**62})
    found = decoder(avro_reader(avro_text(schema_of(occurred_at=MILLIS))))(b"u-1", value)
    assert isinstance(found, RecordError)


def test_a_schema_that_cannot_be_used_is_the_records_fault() -> None:
    fault = RecordError(DeadLetterReason.UNUSABLE_SCHEMA, "schema 7: is no Avro schema")
    assert decoder(fault)(b"u-1", with_header(7, b"x")) == fault


NODE = {"type": "record", "name": "Node", "fields": [{"name": "next", "type": ["null", "Node"]}]}


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param('{"type": "record"', id="cut short"),
        pytest.param('"string"', id="no record"),
        pytest.param('["null", "string"]', id="a union"),
        pytest.param('{"type": "record", "name": "T", "fields": [{"name": "a", "type": "Money"}]}', id="unknown type"),
        pytest.param(json.dumps(NODE), id="recursive"),
        pytest.param(json.dumps(schema_of(tags={"type": "array", "items": "null"})), id="a list of nothing"),
        pytest.param(
            json.dumps(schema_of(tags={"type": "array", "items": {"type": "record", "name": "E", "fields": []}})),
            id="a list of empty records",
        ),
    ],
)
def test_an_unusable_avro_schema_is_refused(schema: str) -> None:
    with pytest.raises(UnusableSchema):
        avro_reader(SchemaText(SchemaType.AVRO, schema))


def test_a_named_type_may_stand_twice_and_come_from_another_schema() -> None:
    money = {"type": "record", "name": "Money", "fields": [{"name": "digits", "type": "string"}]}
    schema = {
        "type": "record",
        "name": "T",
        "fields": [{"name": "amount", "type": "Money"}, {"name": "fee", "type": "Money"}],
    }
    reader = avro_reader(SchemaText(SchemaType.AVRO, json.dumps(schema), (("Money", json.dumps(money)),)))
    assert reader(b"\x02a\x02b") == {"amount": {"digits": "a"}, "fee": {"digits": "b"}}


def test_json_behind_a_header_is_read_as_json() -> None:
    reader = json_schema_reader(SchemaText(SchemaType.JSON, '{"type": "object"}'))
    found = decoder(reader)(b"u-1", with_header(7, json.dumps(GOOD).encode()))
    assert isinstance(found, Transaction)
    numeric = decoder(reader)(b"u-1", with_header(7, json.dumps(GOOD | {"amount": -12.5}).encode()))
    assert isinstance(numeric, RecordError)
    assert numeric.reason is DeadLetterReason.WRONG_TYPE
    with pytest.raises(UnusableSchema):
        json_schema_reader(SchemaText(SchemaType.JSON, "{"))


WIDE = schema_of(amount=DECIMAL, occurred_at=MICROS, tags={"type": "array", "items": "string"}, more=["null", "double"])
SENT = written(
    WIDE,
    GOOD | {"amount": Decimal("-1"), "occurred_at": datetime(2026, 1, 1, tzinfo=UTC), "tags": ["a", "b"], "more": 1.0},
)


@given(st.binary(max_size=80), st.integers(0, len(SENT)), st.integers(0, len(SENT)))
def test_no_bytes_raise(noise: bytes, start: int, end: int) -> None:
    decode = decoder(avro_reader(avro_text(WIDE)))
    assert isinstance(decode(b"u-1", SENT[:start] + noise + SENT[end:]), Transaction | RecordError)
    assert isinstance(decode(b"u-1", SENT[:5] + noise), Transaction | RecordError)
