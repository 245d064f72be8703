"""Row: one row of a user's file as a transaction, and what stands in for columns that the file does not have."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from schemas.events.transaction import Transaction

BY_HEADER: Final = "its header"


class Row(NamedTuple):
    """One row that is a transaction, with the label the file gives it, as the file words it.

    ``has_own_id`` is False where the id was made from the row's content. ``number`` counts the transactions of formats
    in which several may share a line, else it is 0.
    """

    line: int
    transaction: Transaction
    category: str | None
    label_observed_at: datetime | None
    has_own_id: bool = True
    number: int = 0


@dataclass(frozen=True, slots=True)
class Defaults:
    """What stands in for columns that a file does not have; ``currency_by`` says where the currency is from.

    ``is_named`` is True where the header names the currency.
    """

    currency: str | None
    currency_by: str
    user_id: str
    account_id: str
    is_named: bool = False
