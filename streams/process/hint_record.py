"""Hint record: a record of user-hints as what it sets or takes back, or why it is no hint; one reading for all."""

from typing import Final

import msgspec
from msgspec import Struct

from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.hint import HINT_SCHEMA_VERSION, Hint, read_hint_key
from streams.process.event_value import is_major, read_event


class HintRecord(Struct, frozen=True, gc=False):
    """Whose hint for which merchant, and what it says; None takes it back."""

    user_id: str
    merchant_key: str
    hint: Hint | None


def read_hint(key: bytes | None, value: bytes | None) -> HintRecord | RecordError:
    """Return what a record says; never raises on what it holds."""
    names = read_hint_key(key or b"")
    if names is None:
        return _NO_KEY
    if "\0" in names[0] or "\0" in names[1]:
        return _NUL
    if value is None:
        return HintRecord(*names, None)
    event = read_event(value, _decode, time="created_at")
    if isinstance(event, RecordError):
        return event
    if not is_major(event.schema_version, HINT_SCHEMA_VERSION):
        return _UNKNOWN_MAJOR
    if names != (event.user_id, event.merchant_key):
        return _KEY_MISMATCH
    return HintRecord(*names, event)


_decode: Final = msgspec.json.Decoder(Hint).decode
_NO_KEY: Final = RecordError(DeadLetterReason.KEY_MISMATCH, "key: is not user_id, unit separator, merchant_key")
_NUL: Final = RecordError(DeadLetterReason.INVALID_VALUE, "a text field holds the character U+0000")
_UNKNOWN_MAJOR: Final = RecordError(
    DeadLetterReason.UNSUPPORTED_SCHEMA_VERSION, "schema_version: is of a major that landing does not read"
)
_KEY_MISMATCH: Final = RecordError(DeadLetterReason.KEY_MISMATCH, "key: does not say what the value says")
