"""A trace context goes on as it came, and what is none is left behind."""

import pytest

from schemas.events.trace_context import MAX_TRACE_BYTES, trace_headers

PARENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    "parent", [PARENT, b"01" + PARENT[2:], b"cc" + PARENT[2:] + b"-more"], ids=["today's", "a later", "a longer"]
)
def test_a_trace_context_is_carried_on_byte_for_byte(parent: bytes) -> None:
    assert trace_headers([("traceparent", parent), ("other", b"x")]) == [("traceparent", parent)]


@pytest.mark.parametrize(
    "parent",
    [
        None,
        b"",
        b"\xff\xfe",
        PARENT[:-1],
        PARENT + b"-more",
        PARENT.upper(),
        b"ff" + PARENT[2:],
        PARENT.replace(b"4bf92f3577b34da6a3ce929d0e0e4736", b"0" * 32),
        PARENT.replace(b"00f067aa0ba902b7", b"0" * 16),
        b"01" + PARENT[2:] + b"-" + b"x" * MAX_TRACE_BYTES,
        PARENT + b"\n",
    ],
    ids=["null", "empty", "binary", "short", "longer", "upper", "ff", "no trace", "no span", "too long", "line end"],
)
def test_what_is_no_trace_context_is_left_behind_with_its_state(parent: bytes | None) -> None:
    assert trace_headers([("traceparent", parent), ("tracestate", b"a=1")]) == []


def test_of_two_the_last_holds_and_a_state_that_is_too_long_is_left_behind() -> None:
    other = PARENT.replace(b"-01", b"-00")
    assert trace_headers([("traceparent", PARENT), ("traceparent", other)]) == [("traceparent", other)]
    state = b"a=" + b"1" * MAX_TRACE_BYTES
    assert trace_headers([("traceparent", PARENT), ("tracestate", state)]) == [("traceparent", PARENT)]
    as_a_mapping: dict[str, str | bytes | None] = {"traceparent": PARENT.decode(), "tracestate": b"a=1"}
    assert trace_headers(as_a_mapping) == [
        ("traceparent", PARENT),
        ("tracestate", b"a=1"),
    ]
    assert trace_headers(None) == []
