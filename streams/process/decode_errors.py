"""Decode errors: why a value is not a Transaction, found by its JSON Schema; slow, and only asked when decoding
failed."""

import json
from functools import cache
from typing import Final

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.transaction import Transaction

_REASONS: Final = {
    "required": DeadLetterReason.MISSING_FIELD,
    "type": DeadLetterReason.WRONG_TYPE,
    "anyOf": DeadLetterReason.WRONG_TYPE,
    "maxLength": DeadLetterReason.TOO_LONG,
}


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(msgspec.json.schema(Transaction))


def diagnose(value: bytes) -> RecordError:
    """Return the fault of a value that does not decode; the detail names the field, never what it held."""
    document = diagnose_document(value)
    if isinstance(document, RecordError):
        return document
    errors = sorted(_validator().iter_errors(document), key=_rank)
    if not errors:  # what the schema only calls a format: a time that does not exist or has no offset
        return RecordError(DeadLetterReason.INVALID_VALUE, "occurred_at: is not an RFC 3339 time with an offset")
    return _fault(errors[0])


def diagnose_document(value: bytes) -> dict[str, object] | RecordError:
    """Return the JSON object that a value is, or the fault of one that is none."""
    try:
        value.decode()
    except UnicodeDecodeError as error:
        return RecordError(DeadLetterReason.NOT_UTF8, f"byte {error.start} is not UTF-8")
    try:
        document = msgspec.json.decode(value)
    except (msgspec.MsgspecError, RecursionError):
        return RecordError(DeadLetterReason.MALFORMED_JSON, "value: is not JSON, or is cut short")
    if not isinstance(document, dict):
        return RecordError(DeadLetterReason.WRONG_TYPE, "value: is not a JSON object")
    return document


def _rank(error: ValidationError) -> tuple[int, str]:
    """Missing fields first, then by field, so that the same value always gets the same word."""
    return (0 if error.validator == "required" else 1, json.dumps(list(error.path)))


def _fault(error: ValidationError) -> RecordError:
    if error.validator == "required":
        document, required = error.instance, error.validator_value
        assert isinstance(document, dict)
        assert isinstance(required, list)
        missing = next(name for name in required if name not in document)
        return RecordError(DeadLetterReason.MISSING_FIELD, f"{missing}: is missing")
    field = str(error.path[0]) if error.path else "value"
    inner = _informative(error)
    reason = _REASONS.get(str(inner.validator), DeadLetterReason.INVALID_VALUE)
    if reason is DeadLetterReason.WRONG_TYPE:
        return RecordError(reason, f"{field}: has the wrong type")
    if reason is DeadLetterReason.TOO_LONG:
        return RecordError(reason, f"{field}: is longer than {inner.validator_value} characters")
    return RecordError(reason, f"{field}: is not an allowed value ({inner.validator})")


def _informative(error: ValidationError) -> ValidationError:
    """Look through «string or null» for the branch that the value meant to take."""
    if error.validator != "anyOf" or error.context is None:
        return error
    deeper = [inner for inner in error.context if inner.validator != "type"]
    return deeper[0] if deeper else error
