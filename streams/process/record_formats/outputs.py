"""Outputs: suggestions behind the header of a schema, and the JSON that such a value says."""

from collections.abc import Callable
from io import BytesIO
from typing import Final

import msgspec

from schemas.contracts.json_schema import JsonObject
from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.suggestion import Suggestion
from streams.process.codec import encode_event
from streams.process.record_formats.decoder import FindReader
from streams.process.record_formats.schema_text import UnreadableValue
from streams.process.record_formats.wire_format import HEADER, schema_id_of, with_header

WriteSuggestion = Callable[[Suggestion], bytes]
ToJson = Callable[[bytes], bytes | RecordError]
_builtins: Final = msgspec.to_builtins


def json_schema_writer(schema_id: int) -> WriteSuggestion:
    """Return what writes suggestions as JSON behind the header of their schema."""
    return lambda suggestion: with_header(schema_id, encode_event(suggestion))


def avro_writer(schema_id: int, schema: JsonObject) -> WriteSuggestion:
    """Return what writes suggestions in Avro."""
    import fastavro  # noqa: PLC0415 - an extra

    parsed = fastavro.parse_schema(schema)
    write_record = fastavro.schemaless_writer

    def write(suggestion: Suggestion) -> bytes:
        stream = BytesIO()
        write_record(stream, parsed, _builtins(suggestion))
        return with_header(schema_id, stream.getvalue())

    return write


def json_of(find: FindReader) -> ToJson:
    """Return what makes JSON of a value behind a header; one without a header is JSON from before."""

    def read(value: bytes) -> bytes | RecordError:
        schema_id = schema_id_of(value)
        if schema_id is None:
            return value
        reader = find(schema_id)
        if isinstance(reader, RecordError):
            return reader
        try:
            record = reader(value[HEADER.size :])
        except UnreadableValue as error:
            return RecordError(DeadLetterReason.MALFORMED_VALUE, f"value: {error} (schema {schema_id})")
        return record if isinstance(record, bytes) else encode_event(record)

    return read
