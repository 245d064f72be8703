"""A record of user-hints sets a hint or takes it back for whom its key names, or is refused without its content."""

import json

import pytest

from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.hint import Preference, hint_key
from streams.process.hint_record import HintRecord, read_hint

KEY = hint_key("u-1", "cafe luna")
VALUE = {
    "schema_version": "1.0",
    "user_id": "u-1",
    "merchant_key": "cafe luna",
    "preference": "always",
    "category": "Dining",
    "created_at": "2026-05-01T12:00:00Z",
}


def read(key: bytes | None = KEY, **changes: object) -> HintRecord | RecordError:
    return read_hint(key, json.dumps(VALUE | changes).encode())


def test_a_hint_is_set_and_a_null_takes_it_back() -> None:
    found = read()
    assert isinstance(found, HintRecord)
    assert found.hint is not None
    assert (found.user_id, found.merchant_key, found.hint.preference) == ("u-1", "cafe luna", Preference.ALWAYS)
    assert read_hint(KEY, None) == HintRecord("u-1", "cafe luna", None)


def test_a_newer_minor_is_read() -> None:
    assert isinstance(read(schema_version="1.7", further="field"), HintRecord)


@pytest.mark.parametrize(
    ("key", "changes", "reason"),
    [
        pytest.param(None, {}, DeadLetterReason.KEY_MISMATCH, id="no key"),
        pytest.param(b"u-1", {}, DeadLetterReason.KEY_MISMATCH, id="a key of another form"),
        pytest.param(hint_key("u-2", "cafe luna"), {}, DeadLetterReason.KEY_MISMATCH, id="somebody else's"),
        pytest.param(hint_key("u\0", "cafe luna"), {}, DeadLetterReason.INVALID_VALUE, id="a null character"),
        pytest.param(KEY, {"schema_version": "2.0"}, DeadLetterReason.UNSUPPORTED_SCHEMA_VERSION, id="another major"),
        pytest.param(KEY, {"preference": "often"}, DeadLetterReason.WRONG_TYPE, id="no preference"),
        pytest.param(KEY, {"created_at": "0001-01-01T00:00:00Z"}, DeadLetterReason.TIME_OUT_OF_RANGE, id="year one"),
    ],
)
def test_each_refusal_has_its_reason(key: bytes | None, changes: dict[str, object], reason: DeadLetterReason) -> None:
    found = read(key, **changes)
    assert isinstance(found, RecordError)
    assert found.reason is reason
    assert "often" not in found.detail


def test_what_is_no_json_is_refused() -> None:
    found = read_hint(KEY, b"{")
    assert isinstance(found, RecordError)
    assert found.reason is DeadLetterReason.MALFORMED_JSON
