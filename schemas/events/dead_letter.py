"""Dead letters: why a record could not become a suggestion, written as headers beside its original bytes."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

# A record of the broker's own limit still fits together with its headers.
MAX_ORIGINAL_BYTES: Final = 900_000
MAX_KEY_BYTES: Final = 4_096  # far above any user_id
MAX_DETAIL_CHARACTERS: Final = 200
MAX_OFFSET_DIGITS: Final = 19  # of a signed 64-bit offset
HEADER_PREFIX: Final = "dlq."

Headers = list[tuple[str, bytes]]
HeaderValue = str | bytes | None
ReadHeaders = Mapping[str, HeaderValue] | Iterable[tuple[str, HeaderValue]]


class DeadLetterReason(StrEnum):
    """The closed list of reasons."""

    NULL_VALUE = "null_value"
    EMPTY_VALUE = "empty_value"
    OVERSIZE = "oversize"
    NOT_UTF8 = "not_utf8"
    MALFORMED_JSON = "malformed_json"
    MALFORMED_VALUE = "malformed_value"
    UNUSABLE_SCHEMA = "unusable_schema"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    INVALID_VALUE = "invalid_value"
    TOO_LONG = "too_long"
    TIME_OUT_OF_RANGE = "time_out_of_range"
    UNSUPPORTED_SCHEMA_VERSION = "unsupported_schema_version"
    NULL_KEY = "null_key"
    KEY_MISMATCH = "key_mismatch"
    SCORING_FAILED = "scoring_failed"
    UNPRODUCIBLE = "unproducible"


class RecordError(Struct, frozen=True):
    """What is wrong with a record; ``detail`` names fields and limits, never their values."""

    reason: DeadLetterReason
    detail: str


class Address(Struct, frozen=True):
    """Where a record was read."""

    topic: str
    partition: int
    offset: int


def dead_letter_headers(
    fault: RecordError,
    address: Address,
    *,
    schema_version: str,
    worker_version: str,
    truncated: bool,
    first: Address | None = None,
    timestamp_ms: int | None = None,
    topic_id: str = "",
) -> Headers:
    """Return the headers of a dead letter, all values UTF-8; ``first`` is where a requeued record was read first.

    ``timestamp_ms`` is the record's own, where the dead letter has another, in milliseconds since 1970; ``topic_id`` is
    the UUID of the address' topic: one that is made anew begins its offsets again.
    """
    headers = [
        ("dlq.reason", fault.reason.value),
        ("dlq.detail", fault.detail[:MAX_DETAIL_CHARACTERS]),
        ("dlq.topic", address.topic),
        ("dlq.partition", str(address.partition)),
        ("dlq.offset", str(address.offset)),
        ("dlq.schema_version", schema_version),
        ("dlq.worker_version", worker_version),
    ]
    if topic_id:
        headers.append(("dlq.topic_id", topic_id))
    if truncated:
        headers.append(("dlq.truncated", "true"))
    if timestamp_ms is not None:
        headers.append(("dlq.timestamp_ms", str(timestamp_ms)))
    if first is not None:
        headers += [
            ("dlq.first_topic", first.topic),
            ("dlq.first_partition", str(first.partition)),
            ("dlq.first_offset", str(first.offset)),
        ]
    return [(name, value.encode()) for name, value in headers]


def first_address(headers: ReadHeaders | None) -> Address | None:
    """Return where a dead letter, or a record that was put back, was read first; None where its headers do not say."""
    found = read_headers(headers)
    for prefix in ("dlq.first_", "dlq."):
        partition, offset = found.get(f"{prefix}partition", ""), found.get(f"{prefix}offset", "")
        if _is_number(partition) and _is_number(offset):
            return Address(found.get(f"{prefix}topic", "")[:MAX_DETAIL_CHARACTERS], int(partition), int(offset))
    return None


def _is_number(text: str) -> bool:
    """Whether ``text`` can be a partition or an offset; anybody may write headers."""
    return text.isascii() and text.isdigit() and len(text) <= MAX_OFFSET_DIGITS


def read_headers(headers: ReadHeaders | None) -> dict[str, str]:
    """Return the headers that are ours as text; what is no UTF-8 in them is shown by its escapes."""
    return {
        name: value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)
        for name, value in dict(headers or ()).items()
        if name.startswith(HEADER_PREFIX)
    }
