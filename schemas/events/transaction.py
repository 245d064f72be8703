"""Transaction: what a producer puts on the topic ``transactions``."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from schemas.events.dead_letter import DeadLetterReason, RecordError

TRANSACTION_SCHEMA_VERSION: Final = "1.0"

# Limits bound what one record may cost us; they are far above what banks send. Patterns stand in the JSON
# Schema and are checked by ``find_fault``: a regex per field while decoding costs more than all the rest.
MAX_IDENTIFIER: Final = 128
Identifier = Annotated[str, Meta(min_length=1, max_length=MAX_IDENTIFIER)]
SchemaVersion = Annotated[
    str,
    Meta(
        description="major.minor; an unknown major is refused, a newer minor is read",
        extra_json_schema={"pattern": r"^[0-9]{1,4}(\.[0-9]{1,4})?$"},
    ),
]
Amount = Annotated[
    str,
    Meta(
        description="decimal as a string, outflow negative: '-12.50'",
        extra_json_schema={"pattern": r"^-?[0-9]{1,18}(\.[0-9]{1,8})?$"},
    ),
]
CurrencyCode = Annotated[
    str,
    Meta(
        description="ISO 4217 code; XXX where there is none",
        extra_json_schema={"pattern": "^[A-Z]{3}$"},
    ),
]
CountryCode = Annotated[str, Meta(description="ISO 3166-1 alpha-2 code", extra_json_schema={"pattern": "^[A-Z]{2}$"})]
MerchantCategoryCode = Annotated[
    str, Meta(description="ISO 18245 code, four digits", extra_json_schema={"pattern": "^[0-9]{4}$"})
]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339 with an offset")]

_AMOUNT = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,8})?").fullmatch
_SCHEMA_VERSION = re.compile(r"([0-9]{1,4})(\.[0-9]{1,4})?").fullmatch
_SUPPORTED_MAJOR: Final = 1


class Channel(StrEnum):
    """How the money moved."""

    POS = "pos"
    ONLINE = "online"
    ACH = "ach"
    TRANSFER = "transfer"
    ATM = "atm"
    OTHER = "other"


class Transaction(Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """One bank or card transaction; unknown fields are ignored, so producers may evolve first."""

    schema_version: SchemaVersion
    txn_id: Identifier
    user_id: Identifier
    account_id: Identifier
    occurred_at: Instant
    amount: Amount
    currency: CurrencyCode
    description: Annotated[str, Meta(max_length=1024, description="the statement's wording, as the bank gave it")]
    merchant: Annotated[str, Meta(max_length=256)] | None = None
    mcc: MerchantCategoryCode | None = None
    country: CountryCode | None = None
    channel: Channel | None = None


MIN_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
MAX_TIME: Final = datetime(9999, 12, 31, tzinfo=UTC)


def find_error(transaction: Transaction) -> RecordError | None:
    """Return the first breach of the contract that decoding does not see, or None where there is none."""
    version = transaction.schema_version
    if version != TRANSACTION_SCHEMA_VERSION:
        match = _SCHEMA_VERSION(version)
        if match is None:
            return _invalid("schema_version", "is not major.minor")
        if int(match[1]) != _SUPPORTED_MAJOR:
            return RecordError(
                DeadLetterReason.UNSUPPORTED_SCHEMA_VERSION,
                f"schema_version: this worker reads major {_SUPPORTED_MAJOR}",
            )
    if _AMOUNT(transaction.amount) is None:
        return _invalid("amount", "is not a decimal of at most 18 digits before and 8 after the point")
    if not _is_code(transaction.currency, 3):
        return _invalid("currency", "is not three capital letters")
    if transaction.mcc is not None and not _is_digits(transaction.mcc, 4):
        return _invalid("mcc", "is not four digits")
    if transaction.country is not None and not _is_code(transaction.country, 2):
        return _invalid("country", "is not two capital letters")
    return time_error("occurred_at", transaction.occurred_at)


def time_error(field: str, at: datetime) -> RecordError | None:
    """Return the fault of a moment beyond the years that every program of ours can hold, in whatever offset."""
    if MIN_TIME <= at <= MAX_TIME:
        return None
    return RecordError(DeadLetterReason.TIME_OUT_OF_RANGE, f"{field}: is before 1970 or after 9999")


def _invalid(field: str, what: str) -> RecordError:
    return RecordError(DeadLetterReason.INVALID_VALUE, f"{field}: {what}")


def _is_code(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isalpha() and text.isupper()


def _is_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()
