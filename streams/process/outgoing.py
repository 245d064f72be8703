"""Outgoing: the records that a batch writes, as bytes."""

from collections.abc import Sequence

from msgspec import Struct

from schemas.events.dead_letter import Headers


class OutgoingEvents(Struct, frozen=True, gc=False):
    """The two events of one transaction record."""

    key: bytes
    timestamp_ms: int
    suggestion: bytes
    comparison: bytes
    headers: Sequence[tuple[str, bytes]] = ()  # of both


class OutgoingDeadLetter(Struct, frozen=True, gc=False):
    """One record that is put aside with the reasons in its headers."""

    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: Headers


class Outgoing(Struct, frozen=True):
    """Everything that one batch writes."""

    events: Sequence[OutgoingEvents]
    dead_letters: Sequence[OutgoingDeadLetter]
