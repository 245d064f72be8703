"""Record mapping: each thing that a mapping can say, each fault with its path, and nothing that raises."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.skip_reason import SkipReason
from schemas.events.transaction import Transaction
from tests.streams.process.input_mapping.made import RECORD, made, mapped


def field(name: str, mapping_field: str, **changes: object) -> object:
    """Return what a field of the mapped record is, or its fault."""
    found = mapped(made(**{name: mapping_field}), changes)
    return getattr(found, name) if isinstance(found, Transaction) else found


@pytest.mark.parametrize(
    ("said", "raw", "amount"),
    [
        ("positive: out", b"12.50", "-12.50"),
        ("positive: out", b"-12.50", "12.50"),
        ("positive: in", b"12.5", "12.5"),
        ("positive: in", b'"-0.10"', "-0.10"),
        ("positive: in", b'"+7"', "7"),
        ("positive: out", b"0.1", "-0.1"),
        ("positive: out", b"100000000000000000.12345678", "-100000000000000000.12345678"),
        ("positive: out", b"1.25e2", "-125"),
        ("positive: out", b"0.00", "0.00"),
        ("positive: in", b"-0", "0"),
        ("positive: out, minor_units: true", b"1250", "-12.50"),
        ("positive: out, minor_units: true", b"5", "-0.05"),
        ("positive: in, minor_units: true", b"-1000000", "-10000.00"),
        ("positive: in, minor_units: 0", b"7", "7"),
        ("positive: in, minor_units: {EUR: 4}", b'"12345"', "1.2345"),
        ("direction: {from: way, out: [D, DBIT], in: C}", b"3.10", "-3.10"),
        ("positive: {from: way, out: D, in: C}", b"-3.10", "3.10"),
    ],
)
def test_an_amount_keeps_its_digits_and_gets_the_sign_of_the_contract(said: str, raw: bytes, amount: str) -> None:
    assert field("amount", f"{{from: amount, {said}}}", amount=raw, way="D") == amount


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "-1250"), ("KWD", "-1.250"), ("USD", "-12.50")])
def test_minor_units_are_those_of_the_currency(currency: str, amount: str) -> None:
    said = "{from: amount, positive: out, minor_units: true}"
    assert field("amount", said, amount=1250, currency=currency) == amount


@pytest.mark.parametrize(
    ("said", "changes", "reason", "detail"),
    [
        ("positive: out", {"amount": ...}, "missing_field", "amount: is missing"),
        ("positive: out", {"amount": None}, "missing_field", "amount: is missing"),
        ("positive: out", {"amount": True}, "wrong_type", "amount: has the wrong type"),
        ("positive: out", {"amount": {"a": 1}}, "wrong_type", "amount: has the wrong type"),
        ("positive: out", {"amount": "1,50"}, "invalid_value", "amount: is not a decimal"),
        ("positive: out", {"amount": "NaN"}, "invalid_value", "amount: is not a decimal"),
        ("positive: out", {"amount": b"1e999999999"}, "invalid_value", "amount: is not a decimal"),
        ("positive: out", {"amount": b"33.120000000000005"}, "invalid_value", "amount: is not a decimal"),
        ("positive: out, minor_units: true", {"amount": b"12.5"}, "invalid_value", "whole number of minor units"),
        ("positive: out, minor_units: true", {"currency": "XXX"}, "invalid_value", "minor units the mapping does not"),
        ("direction: {from: way, out: D, in: C}", {"amount": b"-1"}, "invalid_value", "amount: has a sign"),
        ("direction: {from: way, out: D, in: C}", {"amount": b"1", "way": "X"}, "invalid_value", "way: says neither"),
        ("direction: {from: way, out: D, in: C}", {"amount": b"1"}, "missing_field", "way: is missing"),
    ],
)
def test_an_amount_that_cannot_be_read_names_its_path(
    said: str, changes: dict[str, object], reason: str, detail: str
) -> None:
    fault = field("amount", f"{{from: amount, {said}}}", **({"amount": 1250} | changes))
    assert isinstance(fault, RecordError)
    assert fault.reason == reason
    assert detail in fault.detail
    assert fault.detail.endswith("(for amount)")


@pytest.mark.parametrize(
    ("said", "value", "at"),
    [
        ("at", "2026-03-01T10:00:00+01:00", "2026-03-01T10:00:00+01:00"),
        ("at", "2026-03-01", "2026-03-01T00:00:00+00:00"),
        ("{from: at, zone: Europe/Berlin}", "2026-07-01 10:00:00", "2026-07-01T10:00:00+02:00"),
        ("{from: at, zone: '-05:30'}", "2026-07-01", "2026-07-01T00:00:00-05:30"),
        ("{from: at, format: date, zone: Europe/Berlin}", "2026-01-31", "2026-01-31T00:00:00+01:00"),
        ("{from: at, format: epoch_s}", 1_750_000_000, "2025-06-15T15:06:40+00:00"),
        ("{from: at, format: epoch_ms}", "1750000000123", "2025-06-15T15:06:40.123000+00:00"),
        ("{from: at, format: '%d/%m/%Y %H:%M'}", "31/12/2025 23:59", "2025-12-31T23:59:00+00:00"),
        ("{from: at, format: '%d %b %Y%z'}", "3 Feb 2025+0200", "2025-02-03T00:00:00+02:00"),
        ("{from: [none, at]}", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00+00:00"),
    ],
)
def test_a_time_is_read_in_its_form(said: str, value: object, at: str) -> None:
    found = field("occurred_at", said, at=value)
    assert isinstance(found, datetime)
    assert found.isoformat() == at


@pytest.mark.parametrize(
    ("said", "value", "reason"),
    [
        ("at", "01.03.2026", "invalid_value"),
        ("at", "2026-W01-1", "invalid_value"),
        ("at", "2026W01", "invalid_value"),
        ("at", "20260301", "invalid_value"),
        ("at", "2026-02-30", "invalid_value"),
        ("at", 5, "wrong_type"),
        ("at", None, "missing_field"),
        ("at", "1969-12-31T00:00:00Z", "time_out_of_range"),
        ("{from: at, format: date}", "2026-03-01T10:00:00Z", "invalid_value"),
        ("{from: at, format: epoch_s}", 10**18, "time_out_of_range"),
        ("{from: at, format: epoch_s}", True, "wrong_type"),
        ("{from: at, format: '%d/%m/%Y'}", "31/02/2025", "invalid_value"),
    ],
)
def test_a_time_that_cannot_be_read_names_its_path(said: str, value: object, reason: str) -> None:
    fault = field("occurred_at", said, at=value)
    assert isinstance(fault, RecordError)
    assert (fault.reason, fault.detail.partition(":")[0]) == (reason, "at")


@pytest.mark.parametrize(
    ("name", "said", "changes", "value"),
    [
        ("description", "{from: [a, b]}", {"b": "B"}, "B"),
        ("description", "{from: [a, b]}", {"a": "", "b": "B"}, "B"),
        ("description", "{join: [a, b]}", {"a": "A", "b": "B"}, "A B"),
        ("description", "{from: a, default: ''}", {}, ""),
        ("description", "lines[1].text", {"lines": [{"text": "x"}, {"text": "y"}]}, "y"),
        ("description", "'[\"a.b\"].c'", {"a.b": {"c": "C"}}, "C"),
        ("merchant", "a.b", {"a": None}, None),
        ("merchant", "a.b", {}, None),
        ("txn_id", "a", {"a": 123456789012345678901234567890}, "123456789012345678901234567890"),
        ("currency", "{value: GBP}", {}, "GBP"),
        ("currency", "{from: a, upper: true}", {"a": "usd"}, "USD"),
        ("mcc", "a", {"a": 742}, "0742"),
        ("mcc", "{from: a, map: {food: '5411'}}", {"a": "food"}, "5411"),
        ("mcc", "{from: a, map: {food: '5411'}}", {"a": "other"}, None),
        ("channel", "{from: a, map: {x: pos}, else: other}", {"a": "y"}, "other"),
        ("channel", "{from: [a, b], map: {x: pos}}", {"a": "y", "b": "x"}, "pos"),
        ("channel", "{from: a, map: {'true': online, 'false': pos}}", {"a": True}, "online"),
        ("channel", "a", {"a": "atm"}, "atm"),
    ],
)
def test_a_text_comes_from_where_the_mapping_says(
    name: str, said: str, changes: dict[str, object], value: object
) -> None:
    assert field(name, said, **changes) == value


@pytest.mark.parametrize(
    ("name", "said", "changes", "reason", "path"),
    [
        ("txn_id", "a.b", {"a": 3}, "wrong_type", "a"),
        ("txn_id", "a.b", {"a": {"b": 1.5}}, "wrong_type", "a.b"),
        ("txn_id", "a", {"a": True}, "wrong_type", "a"),
        ("txn_id", "a", {"a": ""}, "missing_field", "a"),
        ("txn_id", "a", {"a": "x" * 129}, "too_long", "a"),
        ("description", "lines[0]", {"lines": "x"}, "wrong_type", "lines"),
        ("description", "lines[2]", {"lines": ["x"]}, "missing_field", "lines[2]"),
        ("currency", "a", {"a": "Euro"}, "invalid_value", "a"),
        ("currency", "{from: a, map: {E: EUR}}", {"a": "D"}, "invalid_value", "a"),
        ("country", "a.b", {"a": {"b": "germany"}}, "invalid_value", "a.b"),
        ("channel", "a", {"a": "card"}, "invalid_value", "a"),
        ("mcc", "a", {"a": "12"}, "invalid_value", "a"),
    ],
)
def test_a_text_that_cannot_be_read_names_its_path(
    name: str, said: str, changes: dict[str, object], reason: str, path: str
) -> None:
    fault = field(name, said, **changes)
    assert isinstance(fault, RecordError)
    assert (fault.reason, fault.detail.partition(":")[0]) == (reason, path)


@pytest.mark.parametrize(
    ("said", "changes", "skipped"),
    [
        ("from: pending, is: true", {"pending": True}, True),
        ("from: pending, is: true", {"pending": False}, False),
        ("from: pending, is: true", {}, False),
        ("from: type, is_not: [card, pos]", {"type": "wire"}, True),
        ("from: type, is_not: [card, pos]", {"type": "pos"}, False),
        ("from: type, is_not: [card, pos]", {"type": {}}, True),
        ("from: booked, missing: true", {}, True),
        ("from: booked, missing: true", {"booked": "2026-01-01"}, False),
        ("from: deleted, missing: false", {"deleted": "2026-01-01"}, True),
        ("from: amount, is: ['0.00']", {"amount": b"0.00"}, True),
        ("from: kind, is: [3]", {"kind": 3}, True),
    ],
)
def test_a_condition_leaves_a_record_out(said: str, changes: dict[str, object], skipped: bool) -> None:
    found = mapped(made(f"skip: [{{reason: pending, {said}}}]"), changes)
    assert found is SkipReason.PENDING if skipped else isinstance(found, Transaction)


def test_what_is_skipped_is_not_read_any_further() -> None:
    mapping = made("skip: {reason: not_card, from: type, is: wire}")
    assert mapped(mapping, {"type": "wire", "amount": "none"}) is SkipReason.NOT_CARD


@pytest.mark.parametrize(
    ("policy", "key", "reason"),
    [
        ("user_id", b"u-1", None),
        ("user_id", b"a-1", "key_mismatch"),
        ("user_id", None, "null_key"),
        ("account_id", b"a-1", None),
        ("account_id", None, "null_key"),
        ("none", b"\xff", None),
        ("none", None, None),
        ("{from: id}", b"t-1", None),
        ("{from: id}", b"u-1", "key_mismatch"),
        ("{from: other}", b"u-1", "missing_field"),
    ],
)
def test_a_key_is_what_the_policy_says(policy: str, key: bytes | None, reason: str | None) -> None:
    found = mapped(made(f"key: {policy}"), key=key)
    assert (found.reason if isinstance(found, RecordError) else None) == reason


def test_a_field_may_come_from_the_key() -> None:
    found = mapped(made("key: none", user_id="$key"), key=b"u-9")
    assert isinstance(found, Transaction)
    assert found.user_id == "u-9"
    for key, reason in ((None, "missing_field"), (b"\xff", "invalid_value")):
        fault = mapped(made("key: none", user_id="$key"), key=key)
        assert isinstance(fault, RecordError)
        assert (fault.reason, fault.detail.partition(":")[0]) == (reason, "$key")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "null_value"),
        (b"", "empty_value"),
        (b"{", "malformed_json"),
        (b"[]", "wrong_type"),
        (b"\xff", "not_utf8"),
        (b" " * 65_537, "oversize"),
        (b'{"account": ' * 2_000, "malformed_json"),
        (json.dumps(RECORD | {"text": "a\0b"}).encode(), "invalid_value"),
    ],
)
def test_bytes_that_hold_no_record_have_the_reasons_of_the_plain_path(value: bytes | None, reason: str) -> None:
    fault = made().decode(b"u-1", value)
    assert isinstance(fault, RecordError)
    assert fault.reason == reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from([*RECORD, "pending", "lines"]), JSON), st.none() | st.binary(max_size=4))
def test_nothing_raises_and_what_is_accepted_keeps_the_contract(changes: dict[str, object], key: bytes | None) -> None:
    mapping = made("key: none\nskip: {reason: pending, from: pending, is: true}", merchant="lines[0].text")
    found = mapped(mapping, changes, key=key)
    if isinstance(found, RecordError):
        assert found.reason in set(DeadLetterReason)
    elif isinstance(found, Transaction):
        assert found.occurred_at >= datetime(1970, 1, 1, tzinfo=UTC)
        assert found.txn_id and found.user_id and found.account_id
