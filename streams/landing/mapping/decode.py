"""Decode: a landed record's value as the event that its topic holds, or why it is none."""

from collections.abc import Callable

from schemas.events.dead_letter import RecordError
from streams.landing.mapping.copy_format import Landed
from streams.process.event_value import Event, read_event


def event_of(record: Landed, decoder: Callable[[bytes], Event], *, time: str) -> Event | RecordError:
    """Return what ``decoder`` makes of the value, as ``read_event`` does."""
    return read_event(record.value, decoder, time=time)
