"""Header currency: the currency that the names of money columns say, ``Betrag (EUR)`` or ``Amount (£)``."""

import re
from typing import Final

from ops.csv_import.cells import CsvSourceError
from ops.csv_import.layout import Layout
from ops.csv_import.money_words import CODES, MARKS, CurrencyMark
from ops.csv_import.sums import MONEY_FIELDS

_CODE: Final = re.compile(r"\b([A-Z]{3})\b").findall
_WORDS: Final = re.compile(r"[^\s()\[\],;:]+").findall
_OF_COUNTRIES: Final = frozenset({"KR", "KR.", "EURO", "EUROS"})  # letters that are no other word of a header


def header_currency(layout: Layout, given: str | None) -> str | None:
    """Return the one currency that the header names, None where it names none or several.

    Raises CsvSourceError where ``given`` is another.
    """
    if not layout.header:
        return None
    named: set[str] = set()
    for field in MONEY_FIELDS:
        if field not in layout.places:
            continue
        column = layout.header[layout.places[field]]
        for mark in _marks(column):
            if given and given not in mark.possible:
                code = mark.alone or "another currency"
                raise CsvSourceError(f"the column {column!r} is in {code}, and --currency says {given}: leave one out")
            if mark.alone:
                named.add(mark.alone)
    return named.pop() if len(named) == 1 else None


def _marks(column: str) -> list[CurrencyMark]:
    codes = [code for code in _CODE(column) if code in CODES]
    signs = [word.upper() for word in _WORDS(column)]
    signs = [sign for sign in signs if sign in _OF_COUNTRIES or not sign.isascii() or "$" in sign]
    return [MARKS[word] for word in (*codes, *signs) if word in MARKS]
