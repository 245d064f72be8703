"""Words: ordinary words and frequent surnames, from the files that list them."""

from collections.abc import Iterable
from typing import Final

_MIN_PERCENT: Final = 0.001  # of a country's people: one in a hundred thousand


def read_words(lines: Iterable[str]) -> set[str]:
    """Return the words of a Hunspell dictionary (``word/FLAGS``), without names and abbreviations."""
    words = (line.split("/")[0].strip() for line in lines)
    return {word for word in words if word.isascii() and word.isalpha() and word.islower()}


def read_surnames(lines: Iterable[str]) -> set[str]:
    """Return the frequent surnames of the US Census (``SURNAME percent cumulated rank``) in small letters.

    Raises ValueError for a line of another form.
    """
    rows = (line.split() for line in lines if line.strip())
    return {name.lower() for name, percent, _, _ in rows if float(percent) >= _MIN_PERCENT}
