"""Avro: a value read by the schema that it was written by; what the schema calls a decimal or a time stays one."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Final

import fastavro
from fastavro.schema import SchemaParseException, UnknownType

from streams.process.record_formats.schema_text import ReadPayload, SchemaText, UnreadableValue, UnusableSchema

NamedSchemas = dict[str, dict[str, object]]
_EMPTY: Final = ("null",)


def avro_reader(schema: SchemaText) -> ReadPayload:
    """Return what reads values of a schema; raises UnusableSchema where it is none, or is no record."""
    named: NamedSchemas = {}
    try:
        for _, text in schema.references:
            fastavro.parse_schema(json.loads(text), named_schemas=named)
        document = json.loads(schema.text)
        parsed = fastavro.parse_schema(document, named_schemas=named)
    except (SchemaParseException, UnknownType, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UnusableSchema("is no Avro schema") from error
    if not isinstance(parsed, Mapping) or parsed.get("type") != "record":
        raise UnusableSchema("is no Avro record")
    _check(parsed, named, ())
    read = fastavro.schemaless_reader

    def read_payload(payload: bytes) -> dict[str, object]:
        stream = BytesIO(payload)
        try:
            record = read(stream, parsed, None)
        except (EOFError, IndexError, ValueError, OverflowError, ArithmeticError, MemoryError) as error:
            raise UnreadableValue("is cut short, or was written by another schema") from error
        if stream.tell() != len(payload):
            raise UnreadableValue("goes on behind its last field")
        assert isinstance(record, dict)
        return record

    return read_payload


def _check(node: object, named: NamedSchemas, inside: tuple[str, ...]) -> None:
    """Refuse a schema by which a few bytes could hold a value of any size: one within itself, or a list of nothing."""
    match node:
        case str() if node in inside:
            raise UnusableSchema("is recursive, and no transaction is")
        case str() if node in named:
            _check(named[node], named, inside)
        case list():
            for branch in node:
                _check(branch, named, inside)
        case {"type": "record" | "error", "name": str(name), "fields": [*fields]}:
            for field in fields:
                _check(field["type"], named, (*inside, name))
        case {"type": "array", "items": items}:
            if _is_empty(items, named):
                raise UnusableSchema("has a list of items without a byte")
            _check(items, named, inside)
        case {"type": "map", "values": values}:
            _check(values, named, inside)
        case {"type": dict() | list() as inner}:
            _check(inner, named, inside)


def _is_empty(node: object, named: NamedSchemas) -> bool:
    """Whether values of this type take no byte."""
    match node:
        case str():
            return node in _EMPTY or (node in named and _is_empty(named[node], named))
        case {"type": "fixed", "size": 0}:
            return True
        case {"type": "record" | "error", "fields": [*fields]}:
            return all(_is_empty(field["type"], named) for field in fields)
        case {"type": dict() | str() as inner}:
            return _is_empty(inner, named)
        case _:
            return False
