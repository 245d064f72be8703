"""Every bad input has a named outcome, and decoding agrees with the published JSON Schema."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas.events.dead_letter import RecordError
from schemas.events.transaction import Transaction
from streams.process.codec import decode_transaction

GOOD = {
    "schema_version": "1.0",
    "txn_id": "t-1",
    "user_id": "u-1",
    "account_id": "a-1",
    "occurred_at": "2026-05-01T12:30:00Z",
    "amount": "-12.50",
    "currency": "EUR",
    "description": "SQ *CAFE LUNA 1234 BERLIN",
}


def decode(value: bytes | None, key: bytes | None = b"u-1") -> str:
    outcome = decode_transaction(key, value)
    return outcome.reason.value if isinstance(outcome, RecordError) else "accepted"


def changed(**fields: object) -> bytes:
    return json.dumps({**GOOD, **fields}).encode()


def without(field: str) -> bytes:
    return json.dumps({name: value for name, value in GOOD.items() if name != field}).encode()


CASES = [
    pytest.param(changed(), "accepted", id="good"),
    pytest.param(changed(colour="red", nested={"a": [1]}), "accepted", id="unknown fields"),
    pytest.param(changed(mcc=None, country=None, merchant=None, channel=None), "accepted", id="null optionals"),
    pytest.param(None, "null_value", id="null value"),
    pytest.param(b"", "empty_value", id="empty"),
    pytest.param(changed()[:-20], "malformed_json", id="truncated"),
    pytest.param(b'{"x":' + b"[" * 20_000, "malformed_json", id="deeply nested"),
    pytest.param(changed().replace(b"CAFE", b"CAF\xe9"), "not_utf8", id="latin-1 bytes"),
    pytest.param(b"[1, 2]", "wrong_type", id="array"),
    pytest.param(b"null", "wrong_type", id="json null"),
    pytest.param(changed(txn_id=7), "wrong_type", id="numeric txn_id"),
    pytest.param(changed(mcc=5411), "wrong_type", id="numeric mcc"),
    pytest.param(changed(amount=-12.5), "wrong_type", id="numeric amount"),
    pytest.param(without("amount"), "missing_field", id="no amount"),
    pytest.param(without("schema_version"), "missing_field", id="no schema_version"),
    pytest.param(changed(amount="NaN"), "invalid_value", id="NaN amount"),
    pytest.param(changed(amount="-Infinity"), "invalid_value", id="infinite amount"),
    pytest.param(changed(amount="1" * 40), "invalid_value", id="40-digit amount"),
    pytest.param(changed(amount="1,50"), "invalid_value", id="amount with comma"),
    pytest.param(changed(amount="1e5"), "invalid_value", id="amount with exponent"),
    pytest.param(changed(amount="+12.50"), "invalid_value", id="amount with plus"),
    pytest.param(changed(amount="-12."), "invalid_value", id="amount that ends in its point"),
    pytest.param(changed(amount=".5"), "invalid_value", id="amount that begins with its point"),
    pytest.param(changed(amount=" -12.50"), "invalid_value", id="amount with a blank"),
    pytest.param(changed(amount="\u0661\u0662"), "invalid_value", id="amount in Arabic digits"),
    pytest.param(changed(amount="-12.123456789"), "invalid_value", id="amount of nine decimals"),
    pytest.param(changed(amount="-0012.50"), "accepted", id="amount with leading zeros"),
    pytest.param(changed(currency=None), "wrong_type", id="null currency"),
    pytest.param(changed(pending=True), "accepted", id="Plaid's pending"),
    pytest.param(changed(amount=""), "invalid_value", id="empty amount"),
    pytest.param(changed(description="x" * 2_000), "too_long", id="description of 2,000 characters"),
    pytest.param(changed(description="x" * 1_000_000), "oversize", id="1 MB description"),
    pytest.param(changed(description=""), "accepted", id="empty description"),
    pytest.param(changed(description="\x01"), "accepted", id="U+0001 alone"),
    pytest.param(changed(description="\x01\x1f\x7f\x85"), "accepted", id="control characters"),
    pytest.param(changed(description="a \ud83d b"), "malformed_json", id="half of a pair"),
    pytest.param(b"\xef\xbb\xbf" + changed(), "malformed_json", id="byte-order mark"),
    pytest.param(b"\x00\x00\x00\x00\x07" + changed(), "malformed_json", id="registry frame"),
    pytest.param(changed(description="\ufdfa" * 1_024), "accepted", id="characters that fold to eighteen"),
    pytest.param(changed(description="a\x00b"), "invalid_value", id="NUL in description"),
    pytest.param(changed(txn_id=""), "invalid_value", id="empty txn_id"),
    pytest.param(changed(occurred_at="0001-01-01T00:00:00Z"), "time_out_of_range", id="year 0001"),
    pytest.param(changed(occurred_at="2999-01-01T00:00:00Z"), "accepted", id="far future"),
    pytest.param(changed(occurred_at="9999-12-31T23:59:59-14:00"), "time_out_of_range", id="beyond year 9999 in UTC"),
    pytest.param(changed(occurred_at="2026-05-01T12:30:00"), "invalid_value", id="time without offset"),
    pytest.param(changed(occurred_at="2026-05-01"), "invalid_value", id="date without a time"),
    pytest.param(changed(occurred_at="2026-05-01T12:30:00-23:59"), "accepted", id="offset beyond Postgres' own"),
    pytest.param(changed(occurred_at="2026-02-30T00:00:00Z"), "invalid_value", id="30 February"),
    pytest.param(changed(currency="ZZZ"), "accepted", id="unknown currency"),
    pytest.param(changed(currency="euro"), "invalid_value", id="ill-formed currency"),
    pytest.param(changed(channel="carrier pigeon"), "invalid_value", id="unknown channel"),
    pytest.param(changed(country="Germany"), "invalid_value", id="country by name"),
    pytest.param(changed(mcc="54"), "invalid_value", id="short mcc"),
    pytest.param(changed(schema_version="1.7"), "accepted", id="newer minor"),
    pytest.param(changed(schema_version="2.0"), "unsupported_schema_version", id="future major"),
    pytest.param(changed(schema_version="latest"), "invalid_value", id="schema_version that is none"),
]


@pytest.mark.parametrize(("value", "outcome"), CASES)
def test_each_input_has_a_named_outcome(value: bytes | None, outcome: str) -> None:
    assert decode(value) == outcome


@pytest.mark.parametrize(
    ("key", "outcome"),
    [
        pytest.param(None, "null_key", id="null key"),
        pytest.param(b"", "key_mismatch", id="empty key"),
        pytest.param(b"u-2", "key_mismatch", id="another user's key"),
        pytest.param(b"\xff", "key_mismatch", id="key that is not UTF-8"),
        pytest.param(b"u-1", "accepted", id="the user's key"),
    ],
)
def test_the_key_must_be_the_user(key: bytes | None, outcome: str) -> None:
    assert decode(changed(), key) == outcome


def test_a_fault_names_the_field_and_never_its_value() -> None:
    outcome = decode_transaction(b"u-1", changed(currency="secret"))
    assert isinstance(outcome, RecordError)
    assert outcome.detail.startswith("currency:")
    assert "secret" not in outcome.detail


TEXTS = st.text(max_size=12) | st.sampled_from(
    ["-12.50", "007", "EUR", "eur", "5411", "GB", "1.0", "2.0", "ÄÖÜ", "٣٤٥٦"]
)
SCHEMA = Draft202012Validator(msgspec.json.schema(Transaction))


@given(field=st.sampled_from(["amount", "currency", "mcc", "country", "schema_version", "txn_id"]), text=TEXTS)
@settings(max_examples=400)
def test_decoding_agrees_with_the_published_schema(field: str, text: str) -> None:
    value = {**GOOD, field: text}
    refused = decode(json.dumps(value).encode()) not in {"accepted", "unsupported_schema_version"}
    # The schema's regular expressions accept a line break before the end; JSON texts from producers do not carry one.
    assert refused == (not SCHEMA.is_valid(value) or "\0" in text) or text.endswith("\n")


@given(value=st.binary(max_size=300), key=st.none() | st.binary(max_size=8))
def test_no_bytes_raise(value: bytes, key: bytes | None) -> None:
    decode_transaction(key, value)
