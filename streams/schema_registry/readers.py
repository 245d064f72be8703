"""Readers: what reads the values of each schema, made once per schema; a schema that cannot be used is a fault."""

import time
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from schemas.events.dead_letter import DeadLetterReason, RecordError
from streams.process.record_formats.schema_text import ReadPayload, SchemaText, SchemaType, UnusableSchema

ASK_AGAIN_SECONDS: Final = 10.0  # a schema that was just registered is seen by all of a registry's nodes by then
MAX_UNKNOWN: Final = 1_000

log = structlog.get_logger(__name__)


class SchemaSource(Protocol):
    """Where schemas come from."""

    def schema(self, schema_id: int) -> SchemaText | None:
        """Return a schema, None where there is none of this id."""


class Readers:
    """Readers by schema id, for one thread."""

    def __init__(
        self,
        source: SchemaSource,
        compile_reader: Callable[[SchemaText], ReadPayload],
        *,
        type_: SchemaType,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._compile = compile_reader
        self._type = type_
        self._now = now
        self._known: dict[int, ReadPayload | RecordError] = {}
        self._unknown: dict[int, float] = {}

    def find(self, schema_id: int) -> ReadPayload | RecordError:
        """Return what reads values of a schema, or why nothing does; raises SchemaRegistryAway."""
        known = self._known.get(schema_id)
        return self._ask(schema_id) if known is None else known

    def _ask(self, schema_id: int) -> ReadPayload | RecordError:
        unknown = _fault(schema_id, "the schema registry has none of this id")
        now = self._now()
        if self._unknown.get(schema_id, now) > now:
            return unknown
        schema = self._source.schema(schema_id)
        if schema is None:
            if len(self._unknown) >= MAX_UNKNOWN:
                self._unknown.clear()
            self._unknown[schema_id] = now + ASK_AGAIN_SECONDS
            log.warning("schema_unusable", schema=schema_id, why="unknown")
            return unknown
        found = self._read(schema_id, schema)
        self._known[schema_id] = found
        return found

    def _read(self, schema_id: int, schema: SchemaText) -> ReadPayload | RecordError:
        if schema.type is not self._type:
            fault = _fault(schema_id, f"is {schema.type}, and records are read as {self._type}")
        else:
            try:
                reader = self._compile(schema)
            except UnusableSchema as error:
                fault = _fault(schema_id, str(error))
            else:
                log.info("schema_read", schema=schema_id)
                return reader
        log.warning("schema_unusable", schema=schema_id, why=fault.detail)
        return fault


def _fault(schema_id: int, why: str) -> RecordError:
    return RecordError(DeadLetterReason.UNUSABLE_SCHEMA, f"schema {schema_id}: {why}")
