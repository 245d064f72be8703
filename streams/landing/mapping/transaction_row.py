"""Transaction row: what stands in the columns of a transaction, read under the worker's own rules."""

from datetime import datetime

from schemas.events.dead_letter import RecordError
from schemas.events.skip_reason import SkipReason
from schemas.events.transaction import Transaction
from streams.landing.mapping.copy_format import Fields, Landed, ReadFields, instant
from streams.process.codec import DecodeRecord


def transaction_reader(decode: DecodeRecord) -> ReadFields:
    """Return what reads a transaction under the worker's own rules, a mapping's among them.

    What is a dead letter there is a reject here, and what is skipped there is skipped here.
    """

    def read(record: Landed) -> Fields | RecordError | SkipReason:
        transaction = decode(record.key, record.value)
        return _transaction_fields(transaction) if isinstance(transaction, Transaction) else transaction

    return read


def _transaction_fields(transaction: Transaction) -> Fields:
    return (
        transaction.txn_id,
        transaction.user_id,
        transaction.account_id,
        instant(transaction.occurred_at),
        transaction.amount,
        transaction.currency,
        transaction.description,
        transaction.merchant,
        transaction.mcc,
        transaction.country,
        transaction.channel,
        _offset_minutes(transaction.occurred_at),
    )


def _offset_minutes(at: datetime) -> str:
    """Return the offset from UTC that a moment was written with; RFC 3339 knows whole minutes only."""
    offset = at.utcoffset()
    return "0" if not offset else str(int(offset.total_seconds()) // 60)
