"""Event value: a record's value as the event that its topic holds, or why it is none."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.transaction import time_error

Event = TypeVar("Event", bound=msgspec.Struct)


def read_event(value: bytes | None, decoder: Callable[[bytes], Event], *, time: str) -> Event | RecordError:
    """Return what ``decoder`` makes of the value; a fault names the field that was wrong, never what it held.

    ``time`` names the event's own moment, which must lie within the years that a transaction's may.
    """
    if not value:
        return RecordError(DeadLetterReason.NULL_VALUE, "value: is null or empty")
    try:
        event = decoder(value)
    except msgspec.ValidationError as error:
        return RecordError(DeadLetterReason.WRONG_TYPE, _where(error))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return RecordError(DeadLetterReason.MALFORMED_JSON, "value: is not JSON, or is cut short")
    return time_error(time, getattr(event, time)) or event


def is_major(version: str, supported: str) -> bool:
    """Whether both versions have the same major."""
    return version.partition(".")[0] == supported.partition(".")[0]


def _where(error: msgspec.ValidationError) -> str:
    """Return the field that was wrong, never what it held."""
    _, found, path = str(error).partition(" - at `$.")
    return f"{path.rstrip('`')}: has the wrong type or value" if found else "value: a field is missing or wrong"
