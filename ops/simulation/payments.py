"""Payments: what leaves and enters an account without a till, and how banks word it; the data is ``payments.yml``."""

from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
import yaml
from msgspec import Struct

from schemas.events.transaction import Channel

FILE: Final = Path(__file__).parent / "payments.yml"
_ENGLISH: Final = ("GB", "US", "ZA", "AU")


class Rounding(StrEnum):
    """How the sums of a kind of payment end."""

    CENTS = "cents"
    NOTES = "notes"
    SUMS = "sums"


class Payment(Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of payment; ``median`` is in units of a country's price level, ``sigma`` of its logarithm.

    ``wordings`` are those of each country, by its code; what they take is said in the file.
    """

    category: str
    channel: Channel
    median: float
    sigma: float
    wordings: dict[str, tuple[str, ...]]
    rounding: Rounding = Rounding.CENTS
    brands: bool = True


def _read() -> dict[str, Payment]:
    payments = msgspec.convert(yaml.safe_load(FILE.read_text(encoding="utf-8")), dict[str, Payment])
    return {name: _by_country(payment) for name, payment in payments.items()}


def _by_country(payment: Payment) -> Payment:
    """Return the payment with the wordings of all English-speaking countries before each one's own."""
    english = payment.wordings["english"]
    wordings = {country: english + payment.wordings.get(country, ()) for country in _ENGLISH}
    return msgspec.structs.replace(payment, wordings=wordings | {"DE": payment.wordings["DE"]})


PAYMENTS: Final = _read()
SALARY: Final = PAYMENTS["salary"]
# Now and then, on any day: kind, chance on a day, whether money comes in.
NOW_AND_THEN: Final = tuple(
    (PAYMENTS[name], chance, comes_in)
    for name, chance, comes_in in (
        ("fee", 0.035, False), ("paid_person", 0.075, False), ("paid_by_person", 0.04, True),
        ("withdrawal", 0.06, False), ("cash_in", 0.005, True), ("earned_interest", 0.008, True),
    )
)  # fmt: skip
