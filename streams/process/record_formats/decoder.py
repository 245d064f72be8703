"""Decoder: a record in a registry's wire format, read by its schema and then as the JSON that it says."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.skip_reason import SkipReason
from schemas.events.transaction import Transaction
from streams.process.codec import EMPTY, MAX_VALUE_BYTES, NULL_VALUE, OVERSIZE, DecodeRecord
from streams.process.record_formats.schema_text import ReadPayload, UnreadableValue
from streams.process.record_formats.wire_format import HEADER, NO_HEADER, schema_id_of

FindReader = Callable[[int], ReadPayload | RecordError]
_encode: Final = msgspec.json.Encoder().encode  # decimals as texts, times as RFC 3339, bytes as base64


def registry_decoder(decode: DecodeRecord, find: FindReader, *, money: Sequence[str | int]) -> DecodeRecord:
    """Return a decoder of records that ``find`` knows the schemas of; ``decode`` takes the JSON that they say.

    ``money`` is where the amount stands: a float there is refused, since its digits are not those of the producer.
    """
    *way, last = money
    path = ".".join(map(str, money))
    float_error = RecordError(
        DeadLetterReason.WRONG_TYPE, f"{path}: is a float or double; money is a decimal or a string"
    )

    def read(key: bytes | None, value: bytes | None) -> Transaction | RecordError | SkipReason:
        if not value:
            return EMPTY if value == b"" else NULL_VALUE
        if len(value) > MAX_VALUE_BYTES:
            return OVERSIZE
        schema_id = schema_id_of(value)
        if schema_id is None:
            return NO_HEADER
        reader = find(schema_id)
        if isinstance(reader, RecordError):
            return reader
        try:
            record = reader(value[HEADER.size :])
            if type(record) is bytes:
                return decode(key, record)
            place: object = record
            for part in way:
                place = _at(place, part)
            amount = _at(place, last)
            if type(amount) is float:
                return float_error
            if type(amount) is Decimal and amount.is_finite():
                place[last] = format(amount, "f")  # type: ignore[index]  # never as 1E-8
            text = _encode(record)
        except UnreadableValue as error:
            return RecordError(DeadLetterReason.MALFORMED_VALUE, f"value: {error} (schema {schema_id})")
        except (ValueError, TypeError, OverflowError, RecursionError, msgspec.MsgspecError):
            return RecordError(DeadLetterReason.INVALID_VALUE, f"value: holds what JSON cannot (schema {schema_id})")
        return decode(key, text)

    return read


def _at(place: object, part: str | int) -> object:
    if isinstance(part, str):
        return place.get(part) if isinstance(place, dict) else None
    return place[part] if isinstance(place, list) and part < len(place) else None
