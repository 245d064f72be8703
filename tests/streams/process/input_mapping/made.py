"""Made: mappings and records for the tests of this folder."""

import json
from collections.abc import Mapping
from typing import Any

from streams.process.input_mapping.parser import parse_mapping
from streams.process.input_mapping.record_mapping import MappedRecord, RecordMapping, compile_mapping

FIELDS = {
    "txn_id": "id",
    "user_id": "user",
    "account_id": "account.id",
    "occurred_at": "at",
    "amount": "{from: amount, positive: out}",
    "currency": "currency",
    "description": "text",
}
RECORD: dict[str, Any] = {
    "id": "t-1",
    "user": "u-1",
    "account": {"id": "a-1"},
    "at": "2026-03-01T10:00:00Z",
    "amount": 12.50,
    "currency": "EUR",
    "text": "CAFE LUNA",
}


def text_of(top: str = "", **fields: str | None) -> str:
    """Return the YAML of a mapping with some fields changed, those that are None left out."""
    known = {name: value for name, value in (FIELDS | fields).items() if value is not None}
    return f"name: made\n{top}\nfields:\n" + "".join(f"  {name}: {value}\n" for name, value in known.items())


def made(top: str = "", **fields: str | None) -> RecordMapping:
    """Return the compiled mapping of ``text_of``."""
    return compile_mapping(parse_mapping(text_of(top, **fields), file="made.yml"), version="made-1")


def mapped(
    mapping: RecordMapping, changes: Mapping[str, object] = RECORD, *, key: bytes | None = b"u-1"
) -> MappedRecord:
    """Return what becomes of the record with some values changed; a value of bytes is JSON as it stands."""
    parts = [
        f"{json.dumps(name)}: {value.decode() if isinstance(value, bytes) else json.dumps(value)}"
        for name, value in {**RECORD, **changes}.items()
        if value is not ...
    ]
    return mapping.decode(key, f"{{{', '.join(parts)}}}".encode())
