"""Months: their names in the languages of the statements that the rules know, from the CLDR."""

from collections import defaultdict
from functools import cache
from typing import Final, Literal

from schemas.text.folding import fold

_LOCALES: Final = (
    "en", "en_GB", "de", "de_AT", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "nb", "fi", "cs", "sk", "hu", "ro",
    "tr",
)  # fmt: skip
_WIDTHS: Final[tuple[Literal["wide", "abbreviated"], ...]] = ("wide", "abbreviated")
_CONTEXTS: Final[tuple[Literal["format", "stand-alone"], ...]] = ("format", "stand-alone")


@cache
def months_by_name() -> dict[str, int]:
    """Return the month of each folded name and abbreviation; a name of two months in two languages is left out."""
    from babel.dates import get_month_names  # noqa: PLC0415 - most files have numbers for months

    found: dict[str, set[int]] = defaultdict(set)
    for locale in _LOCALES:
        for width in _WIDTHS:
            for context in _CONTEXTS:
                for month, name in get_month_names(width, context, locale).items():
                    found[fold(name)].add(month)
    return {name: min(months) for name, months in found.items() if len(months) == 1}
