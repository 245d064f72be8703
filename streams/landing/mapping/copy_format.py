"""Copy format: one record's fields as one line of COPY text.

A line is tab-separated; null is ``\\N``, which no text can be taken for, since a backslash of a text is written as two.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from schemas.contracts.topics import default_name_of
from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.rollout_history import Skipped
from schemas.events.rollout_link import Link
from schemas.events.skip_reason import SkipReason

NULL: Final = "\\N"
_ESCAPED: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Landed:
    """One record as it was read; ``timestamp_ms`` is the record's own, None where it has none.

    ``link`` is what a record of rollout-state is to the chain, None where nobody has said; ``topic_id`` is that of the
    record's topic, empty where nobody asked.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int | None
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, str | bytes | None]] | None
    link: Link | Skipped | None = None
    topic_id: str = ""


Fields = tuple[str | None, ...]
ReadFields = Callable[[Landed], Fields | RecordError | SkipReason]


def row(record: Landed, read: ReadFields) -> str | RecordError | SkipReason:
    """Return the record's line, without its line end, or why there is none; never raises on what a record holds."""
    fields = read(record)
    return line(address(record) + fields) if isinstance(fields, tuple) else fields


def address(record: Landed) -> Fields:
    """Return where and when the record was written: the first columns of every landed table."""
    return (
        default_name_of(record.topic),
        record.topic_id,
        str(record.partition),
        str(record.offset),
        _instant_of(record.timestamp_ms),
    )


def line(fields: Fields) -> str | RecordError:
    """Return the fields as one line of COPY text; a field with U+0000 is a fault, as no text column can hold it."""
    text = "\t".join([NULL if field is None else field for field in fields])
    if "\0" in text:
        return _NUL
    # Ordinary text needs these looks only: every backslash is a null's, every tab stands between two fields.
    if text.count("\\") != fields.count(None) or "\n" in text or "\r" in text or text.count("\t") != len(fields) - 1:
        return "\t".join([NULL if field is None else field.translate(_ESCAPED) for field in fields])
    return text


def instant(at: datetime) -> str:
    """Return an aware moment from 1970 to 9999 as Postgres reads it: in UTC, since its own offsets end at 15:59:59."""
    return at.astimezone(UTC).isoformat()


def _instant_of(timestamp_ms: int | None) -> str | None:
    """Return a record's timestamp as text; one that no calendar holds is as good as none."""
    if timestamp_ms is None:
        return None
    try:
        return (_EPOCH + timedelta(milliseconds=timestamp_ms)).isoformat()
    except OverflowError:
        return None


_NUL: Final = RecordError(DeadLetterReason.INVALID_VALUE, "a text field holds the character U+0000")
