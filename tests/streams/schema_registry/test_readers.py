"""Readers: a schema is asked for once, an unknown one again after a while, and an outage is nobody's dead letter."""

import pytest

from schemas.events.dead_letter import DeadLetterReason, RecordError
from streams.errors import SchemaRegistryAway
from streams.process.record_formats.json_schema import json_schema_reader
from streams.process.record_formats.schema_text import SchemaText, SchemaType
from streams.schema_registry.readers import ASK_AGAIN_SECONDS, Readers

OBJECT = SchemaText(SchemaType.JSON, "{}")


class Schemas:
    """Schemas in memory, which count how often they are asked for."""

    def __init__(self, schemas: dict[int, SchemaText]) -> None:
        self.schemas = schemas
        self.asked: list[int] = []
        self.is_away = False

    def schema(self, schema_id: int) -> SchemaText | None:
        """Return a schema."""
        self.asked.append(schema_id)
        if self.is_away:
            raise SchemaRegistryAway("away")
        return self.schemas.get(schema_id)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def readers(schemas: Schemas, clock: Clock | None = None) -> Readers:
    return Readers(schemas, json_schema_reader, type_=SchemaType.JSON, now=clock or Clock())


def test_a_schema_is_asked_for_once() -> None:
    schemas = Schemas({1: OBJECT, 2: SchemaText(SchemaType.JSON, "{")})
    found = readers(schemas)
    assert found.find(1) is found.find(1)
    assert found.find(2) == found.find(2)
    assert schemas.asked == [1, 2]


def test_an_unknown_schema_is_asked_for_again_after_a_while() -> None:
    schemas, clock = Schemas({}), Clock()
    found = readers(schemas, clock)
    fault = RecordError(DeadLetterReason.UNUSABLE_SCHEMA, "schema 1: the schema registry has none of this id")
    assert (found.find(1), found.find(1)) == (fault, fault)
    assert schemas.asked == [1]
    schemas.schemas[1] = OBJECT
    clock.at += ASK_AGAIN_SECONDS
    assert not isinstance(found.find(1), RecordError)


def test_a_schema_of_another_language_is_a_fault() -> None:
    found = readers(Schemas({1: SchemaText(SchemaType.AVRO, '"string"')})).find(1)
    assert isinstance(found, RecordError)
    assert found.detail == "schema 1: is AVRO, and records are read as JSON"


def test_an_outage_raises_and_is_not_remembered() -> None:
    schemas = Schemas({1: OBJECT})
    found = readers(schemas)
    schemas.is_away = True
    with pytest.raises(SchemaRegistryAway):
        found.find(1)
    schemas.is_away = False
    assert not isinstance(found.find(1), RecordError)
