"""Raw transaction: a landed transaction as the bytes that a worker read, so that what serves can see it again."""

from collections.abc import Sequence
from typing import Final

import msgspec

from schemas.events.transaction import TRANSACTION_SCHEMA_VERSION

# Columns of the row ``transactions`` of raw.transactions, in the order in which ``value_of`` takes them.
FIELDS: Final = """\
    transactions.txn_id,
    transactions.user_id,
    transactions.account_id,
    to_char(
        transactions.occurred_at at time zone 'UTC'
        + make_interval(mins => coalesce(transactions.occurred_offset_minutes, 0)),
        'YYYY-MM-DD"T"HH24:MI:SS.US'
    ),
    coalesce(transactions.occurred_offset_minutes, 0),
    transactions.amount::text,
    transactions.currency,
    transactions.description,
    transactions.merchant,
    transactions.mcc,
    transactions.country,
    transactions.channel"""


def value_of(fields: Sequence[object]) -> bytes:
    """Return the transaction, of the columns FIELDS, as the bytes that a producer would send.

    It raises nothing: the codec judges them.
    """
    txn_id, user_id, account_id, local, offset_minutes, amount, currency, description, *rest = fields
    assert isinstance(offset_minutes, int)
    hours, minutes = divmod(abs(offset_minutes), 60)
    merchant, mcc, country, channel = rest
    return _encode(
        {
            "schema_version": TRANSACTION_SCHEMA_VERSION,
            "txn_id": txn_id,
            "user_id": user_id,
            "account_id": account_id,
            "occurred_at": f"{local}{'-' if offset_minutes < 0 else '+'}{hours:02}:{minutes:02}",
            "amount": amount,
            "currency": currency,
            "description": description,
            "merchant": merchant,
            "mcc": mcc,
            "country": country,
            "channel": channel,
        }
    )


_encode: Final = msgspec.json.Encoder().encode
