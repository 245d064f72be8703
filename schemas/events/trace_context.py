"""Trace context: the headers by which a producer's trace goes on in what is written for its record.

Format: https://www.w3.org/TR/trace-context/, in Kafka's headers as OpenTelemetry writes them.
"""

import re
from typing import Final

from schemas.events.dead_letter import Headers, HeaderValue, ReadHeaders

TRACEPARENT: Final = "traceparent"
TRACESTATE: Final = "tracestate"
TRACE_HEADERS: Final = frozenset({TRACEPARENT, TRACESTATE})
MAX_TRACE_BYTES: Final = 512  # what the standard asks everybody to carry on

# Version 00 ends with its flags; of a later version more may follow. Version ff and ids of zeros are none.
_TRACEPARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[!-~]*)?"
).fullmatch


def trace_headers(headers: ReadHeaders | None) -> Headers:
    """Return the trace context among a record's headers as it goes out again, byte for byte; nothing where it is none.

    Of several headers of one name the last holds, as Kafka's ``lastHeader`` has it.
    """
    if not headers:
        return []
    found = {name: _raw(value) for name, value in dict(headers).items() if name in TRACE_HEADERS}
    parent, state = found.get(TRACEPARENT, b""), found.get(TRACESTATE, b"")
    match = _TRACEPARENT(parent) if len(parent) <= MAX_TRACE_BYTES else None
    if match is None or (match[1] and parent.startswith(b"00")):
        return []
    if state and len(state) <= MAX_TRACE_BYTES:
        return [(TRACEPARENT, parent), (TRACESTATE, state)]
    return [(TRACEPARENT, parent)]


def _raw(value: HeaderValue) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""
