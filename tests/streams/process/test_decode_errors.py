"""Why a value is no Transaction is one word of a closed list and the field's name; what the field held is not told."""

import json

import pytest

from schemas.events.dead_letter import DeadLetterReason
from streams.process.decode_errors import diagnose
from tests.support.builders import GOOD


def fault(**changes: object) -> tuple[DeadLetterReason, str]:
    document = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    found = diagnose(json.dumps(document).encode())
    return found.reason, found.detail


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        pytest.param({"amount": ...}, DeadLetterReason.MISSING_FIELD, "amount: is missing", id="missing"),
        pytest.param({"amount": -12.5}, DeadLetterReason.WRONG_TYPE, "amount: has the wrong type", id="a number"),
        pytest.param({"mcc": 5411}, DeadLetterReason.WRONG_TYPE, "mcc: has the wrong type", id="an optional number"),
        pytest.param({"channel": "phone"}, DeadLetterReason.INVALID_VALUE, "channel: is not an allowed", id="channel"),
        pytest.param({"occurred_at": "2026-02-30T00:00:00Z"}, DeadLetterReason.INVALID_VALUE,
                     "occurred_at: is not an RFC 3339 time with an offset", id="no such day"),
        pytest.param({"description": "x" * 2_000}, DeadLetterReason.TOO_LONG, "description: is longer than", id="long"),
        pytest.param({"amount": ..., "mcc": 1, "channel": "x"}, DeadLetterReason.MISSING_FIELD, "amount: is missing",
                     id="what is missing is said first"),
    ],
)  # fmt: skip
def test_each_fault_has_its_word(changes: dict[str, object], reason: DeadLetterReason, detail: str) -> None:
    found, said = fault(**changes)
    assert found is reason
    assert said.startswith(detail)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(b"\xff", DeadLetterReason.NOT_UTF8, id="bytes"),
        pytest.param(b'{"txn_id": ', DeadLetterReason.MALFORMED_JSON, id="cut"),
        pytest.param(b"[" * 100_000, DeadLetterReason.MALFORMED_JSON, id="deep"),
        pytest.param(b"[1]", DeadLetterReason.WRONG_TYPE, id="a list"),
    ],
)
def test_what_is_no_object_is_told_apart(value: bytes, reason: DeadLetterReason) -> None:
    assert diagnose(value).reason is reason


def test_no_value_of_a_record_stands_in_its_fault() -> None:
    secret = "4111111111111111"
    for changes in ({"mcc": secret}, {"channel": secret}, {"occurred_at": secret}, {"user_id": secret * 40}):
        assert secret not in fault(**changes)[1]
