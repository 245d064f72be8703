"""Wire format: Confluent's five bytes ahead of a value, which say by the id of which schema it was written."""

from struct import Struct
from typing import Final

from schemas.events.dead_letter import DeadLetterReason, RecordError

HEADER: Final = Struct(">bI")  # a zero, and the schema's id
NO_HEADER: Final = RecordError(
    DeadLetterReason.MALFORMED_VALUE, "value: does not begin with 0 and a schema id, as a schema registry's format does"
)


def schema_id_of(value: bytes) -> int | None:
    """Return the id of the schema that a value was written by, None where its first bytes name none."""
    if len(value) < HEADER.size or value[0]:
        return None
    number: int = HEADER.unpack_from(value)[1]
    return number


def with_header(schema_id: int, payload: bytes) -> bytes:
    """Return a value as a producer sends it."""
    return HEADER.pack(0, schema_id) + payload
