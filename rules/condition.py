"""Conditions: what a rule asks of a transaction; a tree of small tests joined by all, any and not."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from schemas.crosswalks.country_currency import COUNTRY_OF_CURRENCY
from schemas.events.transaction import Channel, Transaction


class TextKind(StrEnum):
    """How a text is looked for in the normalised description."""

    WORDS = "merchant"  # whole words anywhere; "*" at an end lets the word go on
    OPENING = "merchant_opening"  # whole words that open the description
    PREFIX = "merchant_prefix"  # letters that open the description, perhaps of a longer word
    EXACT = "merchant_exact"  # the whole description
    REGEX = "merchant_regex"


class MoneyDirection(StrEnum):
    """Which way the money went."""

    OUTFLOW = "outflow"
    INFLOW = "inflow"


@dataclass(frozen=True, slots=True)
class Text:
    """One of these texts stands in the normalised description; found by the text index, not here."""

    kind: TextKind
    texts: tuple[str, ...]

    def __hash__(self) -> int:
        """Return the hash of one text: hashing hundreds of them for each description costs more than the search."""
        return hash(self.texts[0])


@dataclass(frozen=True, slots=True)
class Mcc:
    """The merchant category code is one of these."""

    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Amount:
    """The signed amount lies in these bounds, both inclusive; None leaves a side open."""

    minimum: Decimal | None
    maximum: Decimal | None


@dataclass(frozen=True, slots=True)
class InDirection:
    """The money went this way; an amount of zero went neither."""

    direction: MoneyDirection


@dataclass(frozen=True, slots=True)
class OnChannel:
    """The money moved on one of these channels."""

    channels: frozenset[Channel]


@dataclass(frozen=True, slots=True)
class InCurrency:
    """The currency is one of these."""

    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class InCountry:
    """The country, or else the currency's country, is one of these; ``or_unknown`` lets an unknown one pass."""

    codes: frozenset[str]
    or_unknown: bool = False


@dataclass(frozen=True, slots=True)
class OnAccount:
    """The account is one of these."""

    accounts: frozenset[str]


@dataclass(frozen=True, slots=True)
class OnWeekday:
    """The day of the week, Monday 0, is one of these."""

    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True)
class OnDay:
    """The day of the month is one of these."""

    days: frozenset[int]


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"


# What the transaction alone can tell, without its words.
FieldCondition = Mcc | Amount | InDirection | OnChannel | InCurrency | InCountry | OnAccount | OnWeekday | OnDay
Condition = Text | FieldCondition | All | AnyOf | Not


def holds(condition: Condition, transaction: Transaction, found: frozenset[Text]) -> bool:
    """Whether the condition holds; ``found`` are the texts that stand in the transaction's description."""
    match condition:
        case Text():
            return condition in found
        case All(parts):
            return all(holds(part, transaction, found) for part in parts)
        case AnyOf(parts):
            return any(holds(part, transaction, found) for part in parts)
        case Not(part):
            return not holds(part, transaction, found)
        case _:
            return _field_holds(condition, transaction)


def _field_holds(condition: FieldCondition, transaction: Transaction) -> bool:
    match condition:
        case InCountry(codes, or_unknown):
            country = transaction.country or COUNTRY_OF_CURRENCY.get(transaction.currency)
            return or_unknown if country is None else country in codes
        case InDirection(direction):
            return money_direction(transaction.amount) is direction
        case Mcc(codes):
            return transaction.mcc in codes
        case OnChannel(channels):
            return transaction.channel in channels
        case Amount(minimum, maximum):
            amount = Decimal(transaction.amount)
            return (minimum is None or amount >= minimum) and (maximum is None or amount <= maximum)
        case InCurrency(codes):
            return transaction.currency in codes
        case OnAccount(accounts):
            return transaction.account_id in accounts
        case OnWeekday(weekdays):
            return transaction.occurred_at.weekday() in weekdays
        case OnDay(days):
            return transaction.occurred_at.day in days


def money_direction(amount: str) -> MoneyDirection | None:
    """Return which way a decimal amount goes, None for zero, without making a number of it."""
    if not amount.strip("-0."):
        return None
    return MoneyDirection.OUTFLOW if amount[0] == "-" else MoneyDirection.INFLOW
