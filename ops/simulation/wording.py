"""Wording: how card statements print a merchant, by country and by bank."""

from dataclasses import dataclass
from random import Random
from typing import Final

from ops.simulation.places import City, Country
from ops.simulation.rng import pick

MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

# What a payment processor prints before the merchant; "" is a merchant's own terminal.
PROCESSORS: Final = {
    "US": ("", "", "", "", "SQ *", "TST* ", "PY *", "SP ", "CLOVER* "),
    "GB": ("", "", "", "", "", "SumUp *", "ZETTLE_*", "SQ *", "SP ", "Dojo*"),
    "ZA": ("", "", "", "YOCO *", "YOCO *", "iK *", "SNAPSCAN *", "PAYFAST*"),
    "AU": ("", "", "", "", "SQ *", "ZLR*", "SMP*", "TYRO*"),
    "DE": ("", "", "", "", "SumUp .", "Zettle_*", "SQ *"),
}
WEB_PROCESSORS: Final = ("", "", "", "PAYPAL *", "PAYPAL *", "SP ", "WWW.", "SQ *", "SUMUP *", "KLARNA*")
# Services that their own seller bills, and prints in one way whatever the bank.
OWN_BILLS: Final = {
    "icloud": "APPLE.COM/BILL",
    "google play": "GOOGLE *Google Play",
    "youtube premium": "GOOGLE *YouTubePremium",
    "xbox": "MICROSOFT*XBOX",
    "microsoft 365": "MICROSOFT*MICROSOFT 365",
    "playstation": "PlayStation Network",
    "steam games": "STEAMGAMES.COM",
}
WEB_TAILS: Final = ("", "", "", ".COM", ".COM", " 402-935-7733", " ONLINE", " {ref}")


@dataclass(frozen=True, slots=True)
class Bank:
    """How one bank prints card purchases; ``front`` and ``tail`` take day, month, year, card and ref."""

    front: str
    tail: str
    width: int  # where the merchant's wording is cut
    capitals: bool
    gives_mcc: bool
    names_merchants: bool


BANKS: Final = {
    "US": (
        Bank("", "", 22, capitals=True, gives_mcc=True, names_merchants=False),
        Bank("CHECKCARD {month:02d}{day:02d} ", " {ref}", 25, True, False, False),
        Bank("DEBIT CARD PURCHASE XXXXX{card} ", "", 25, True, False, False),
        Bank("POS DEBIT ", "", 25, capitals=False, gives_mcc=True, names_merchants=True),
    ),
    "GB": (
        Bank("", "", 25, capitals=True, gives_mcc=False, names_merchants=False),
        Bank("CARD PAYMENT TO ", " ON {day:02d} {mon}", 22, True, False, False),
        Bank("", "", 25, capitals=False, gives_mcc=True, names_merchants=True),
        Bank("{card} {day:02d}{mon}{yy:02d} ", " GB", 22, True, False, False),
    ),
    "ZA": (
        Bank("POS PURCHASE ", " {card6}*{card} {day:02d} {mon}", 22, True, False, False),
        Bank("", " ZA", 25, capitals=True, gives_mcc=True, names_merchants=False),
        Bank("Cheque card purchase ", "", 22, capitals=False, gives_mcc=False, names_merchants=False),
    ),
    "AU": (
        Bank("EFTPOS PURCHASE ", " AUS Card xx{card}", 22, True, False, False),
        Bank("", " AU", 25, capitals=True, gives_mcc=True, names_merchants=False),
        Bank("VISA PURCHASE ", " Value Date: {day:02d}/{month:02d}/20{yy:02d}", 25, False, False, False),
    ),
    "DE": (
        Bank("", "/DE 20{yy:02d}-{month:02d}-{day:02d} KFN 1", 25, True, False, False),
        Bank("KARTENZAHLUNG ", " REF {ref}", 22, capitals=True, gives_mcc=False, names_merchants=False),
        Bank("VISA {card} ", "", 25, capitals=False, gives_mcc=True, names_merchants=True),
    ),
}


def print_merchant(name: str, *, country: Country, city: City | None, rng: Random) -> str:
    """Return the merchant's own part of a statement line; a city of None is a web shop."""
    if city is None:
        web, tail = pick(WEB_PROCESSORS, rng.random()), pick(WEB_TAILS, rng.random())
        return OWN_BILLS.get(name.casefold(), f"{web}{name}{tail}")
    processor = pick(PROCESSORS[country.code], rng.random())
    at = rng.random()
    number = f" {int(at * 89_000) + 100}" if at < 0.25 else f" #{int(at * 9_000)}" if at < 0.4 else ""
    if country.code == "DE":
        return f"{processor}{name}{number}//{city.name}"
    state = f" {city.state}" if city.state and rng.random() < 0.8 else ""
    town = f" {city.name}{state}" if rng.random() < 0.75 else ""
    return f"{processor}{name}{number}{town}"


def print_purchase(text: str, *, bank: Bank, card: str, day: tuple[int, int, int], rng: Random) -> str:
    """Return a purchase as the bank prints it; ``day`` is year, month and day of the month."""
    if "{" in text:
        text = text.replace("{ref}", f"{int(rng.random() * 1e9):09d}")
    # A merchant's line is cut where the card network's field ends, most often in the middle of the city.
    text = text[: bank.width]
    at = rng.random()
    if at < 0.02 and len(text) > 6:
        text = misspell(text, at=at * 50.0)
    if bank.capitals:
        text = text.upper()
    if not bank.front and not bank.tail:
        return text.rstrip()
    year, month, of_month = day
    values = {
        "day": of_month, "month": month, "yy": year % 100, "mon": MONTHS[month - 1], "card": card,
        "card6": "4512", "ref": f"{int(rng.random() * 1e10):010d}",
    }  # fmt: skip
    return f"{bank.front.format_map(values)}{text.rstrip()}{bank.tail.format_map(values)}"


def misspell(text: str, *, at: float) -> str:
    """Drop or swap one letter past the third, chosen by ``at`` in [0, 1)."""
    place = 3 + int(at * (len(text) - 5))
    if int(at * 1000) % 2:
        return text[:place] + text[place + 1 :]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
