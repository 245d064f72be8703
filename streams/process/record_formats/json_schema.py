"""JSON Schema: the value is JSON behind its header, read as any other; the producer is who holds it to the schema."""

import json

from streams.process.record_formats.schema_text import ReadPayload, SchemaText, UnusableSchema


def json_schema_reader(schema: SchemaText) -> ReadPayload:
    """Return what reads values of a schema: they are the JSON already. Raises UnusableSchema where it is no JSON."""
    try:
        json.loads(schema.text)
    except (ValueError, RecursionError) as error:
        raise UnusableSchema("is no JSON Schema") from error
    return lambda payload: payload
