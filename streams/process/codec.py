"""Codec: bytes of a record to a Transaction or the fault that makes it a dead letter, and events to bytes."""

from collections.abc import Callable
from typing import Final

import msgspec

from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.skip_reason import SkipReason
from schemas.events.transaction import Transaction, find_error
from streams.process.decode_errors import diagnose

# Of a record's key and value; only a mapping skips. Worker and landing read by the same one.
DecodeRecord = Callable[[bytes | None, bytes | None], Transaction | RecordError | SkipReason]
MAX_VALUE_BYTES: Final = 65_536  # a transaction of every field at its limit stays below a tenth of this

_decode = msgspec.json.Decoder(Transaction).decode
encode_event: Final = msgspec.json.Encoder().encode


def decode_transaction(key: bytes | None, value: bytes | None) -> Transaction | RecordError:
    """Return the transaction that a record holds, or why there is none; never raises."""
    if not value:
        return EMPTY if value == b"" else NULL_VALUE
    if len(value) > MAX_VALUE_BYTES:
        return OVERSIZE
    try:
        transaction = _decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return diagnose(value)
    fault = find_error(transaction)
    if fault is not None:
        return fault
    if b"\\u0000" in value and has_nul(transaction):
        return RecordError(DeadLetterReason.INVALID_VALUE, "a text field holds the character U+0000")
    if key is None:
        return NULL_KEY
    if key != transaction.user_id.encode():
        return _KEY_MISMATCH
    return transaction


def has_nul(transaction: Transaction) -> bool:
    """Whether a text field holds U+0000, which no Postgres column can."""
    fields = (transaction.txn_id, transaction.user_id, transaction.account_id, transaction.description)
    return any("\0" in field for field in fields) or "\0" in (transaction.merchant or "")


NULL_VALUE: Final = RecordError(DeadLetterReason.NULL_VALUE, "value: is null")
EMPTY: Final = RecordError(DeadLetterReason.EMPTY_VALUE, "value: is empty")
OVERSIZE: Final = RecordError(DeadLetterReason.OVERSIZE, f"value: is over {MAX_VALUE_BYTES} bytes")
NULL_KEY: Final = RecordError(DeadLetterReason.NULL_KEY, "key: is null, user_id was expected")
_KEY_MISMATCH: Final = RecordError(DeadLetterReason.KEY_MISMATCH, "key: is not the user_id")
