"""Avro topic: what a producer of Avro does, with Confluent's registry client and fastavro alone."""

import json
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import fastavro
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

OPTIONAL_TEXT = ["null", "string"]
DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}
ANY_OBJECT = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}
MICROS = {"type": "long", "logicalType": "timestamp-micros"}


def plaid_schema(**types: Any) -> dict[str, Any]:
    """Return the Avro schema of a transaction as Plaid writes it, but for money and time; ``types`` replace some."""
    place = {"type": "record", "name": "Location", "fields": [{"name": "country", "type": OPTIONAL_TEXT}]}
    fields: dict[str, Any] = {
        "transaction_id": "string",
        "client_user_id": "string",
        "account_id": "string",
        "amount": DECIMAL,
        "iso_currency_code": OPTIONAL_TEXT,
        "datetime": ["null", MICROS],
        "date": {"type": "int", "logicalType": "date"},
        "name": "string",
        "merchant_name": OPTIONAL_TEXT,
        "payment_channel": "string",
        "pending": "boolean",
        "location": ["null", place],
    }
    fields |= types
    return {
        "type": "record",
        "name": "PlaidTransaction",
        "fields": [{"name": name, "type": type_} for name, type_ in fields.items()],
    }


def plaid_record(number: int, **changes: Any) -> dict[str, Any]:
    """Return such a record; ``changes`` replace fields."""
    at = datetime(2026, 5, 1, 12, number % 60, tzinfo=UTC)
    return {
        "transaction_id": f"plaid-{number}",
        "client_user_id": f"user-{number % 3}",
        "account_id": "account-1",
        "amount": Decimal("4.20"),
        "iso_currency_code": "GBP",
        "datetime": at,
        "date": at.date(),
        "name": "TESCO STORES 3021",
        "merchant_name": "Tesco",
        "payment_channel": "in store",
        "pending": False,
        "location": {"country": "GB"},
    } | changes


def register(url: str, subject: str, schema: object, *, type_: str = "AVRO") -> int:
    """Register a schema; return its id."""
    text = schema if isinstance(schema, str) else json.dumps(schema)
    return int(SchemaRegistryClient({"url": url}).register_schema(subject, Schema(text, type_)))


def framed(schema_id: int, payload: bytes) -> bytes:
    """Return a value behind the header of its schema."""
    return struct.pack(">bI", 0, schema_id) + payload


def avro(schema_id: int, schema: dict[str, Any], record: Mapping[str, Any]) -> bytes:
    """Return the value of a record."""
    stream = BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(schema), dict(record))
    return framed(schema_id, stream.getvalue())
