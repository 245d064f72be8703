"""Avro schema: events as Avro may write them, made from the contracts; amounts and times are text, as in JSON."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import inspect

from schemas.contracts.json_schema import JsonObject
from schemas.contracts.topics import SUGGESTIONS, TRANSACTIONS

NAMESPACE: Final = "ledgermind"


def avro_schemas() -> dict[str, JsonObject]:
    """Return the Avro schema of each event that may be written in Avro, by its topic's default name."""
    return {spec.default_name: avro_schema(spec.value) for spec in (TRANSACTIONS, SUGGESTIONS) if spec.value}


def avro_schema(event: type[msgspec.Struct]) -> JsonObject:
    """Return the schema of an event: text keeps digits and offsets, and what may be null is null by default."""
    info = inspect.type_info(event)
    assert isinstance(info, inspect.StructType)
    definitions: Mapping[str, JsonObject] = msgspec.json.schema(event)["$defs"]
    return {**_record(info, definitions), "namespace": NAMESPACE}


def _record(info: inspect.StructType, definitions: Mapping[str, JsonObject]) -> JsonObject:
    properties = definitions[info.cls.__name__]["properties"]
    assert isinstance(properties, dict)
    fields = []
    for field in info.fields:
        type_ = _type(field.type, definitions)
        is_nullable = isinstance(type_, list)
        doc = _doc(properties[field.name])
        fields.append({"name": field.name, "type": type_, **({"default": None} if is_nullable else {}), **doc})
    said = (info.cls.__doc__ or "").partition("\n")[0]
    return {"type": "record", "name": info.cls.__name__, "doc": said, "fields": fields}  # type: ignore[dict-item]


def _type(info: inspect.Type, definitions: Mapping[str, JsonObject]) -> JsonObject | str | list[JsonObject | str]:
    match info:
        case inspect.Metadata(type=inner):
            return _type(inner, definitions)
        case inspect.IntType():
            return "long"
        case inspect.FloatType():
            return "double"
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return {"type": "array", "items": _type(item, definitions)}  # type: ignore[dict-item]
        case inspect.StructType():
            return _record(info, definitions)
        case inspect.UnionType(types=types):
            (other,) = (one for one in types if not isinstance(one, inspect.NoneType))
            return ["null", _type(other, definitions)]  # type: ignore[list-item]
        case _:
            return "string"


def _doc(definition: object) -> JsonObject:
    if not isinstance(definition, dict):
        return {}
    branches = definition.get("anyOf", [])
    said = [one["description"] for one in (definition, *branches) if isinstance(one, dict) and "description" in one]
    return {"doc": said[0]} if said else {}
