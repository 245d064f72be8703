"""Folding: statement text in one case, without accents and punctuation, so that two banks write alike."""

import unicodedata
from typing import Final

# Apostrophes vanish ("mcdonald's" and "mcdonalds" are one word); every other mark separates words.
_ASCII_MARKS: Final = str.maketrans(
    {chr(code): None if chr(code) in "'`" else " " for code in range(128) if not chr(code).isalnum()}
)
# Letters that do not decompose into a plain one.
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
    | {"\u0131": "i", "\u2018": "", "\u2019": ""}  # dotless i, curly apostrophes
)


def fold(text: str) -> str:
    """Return lower-case words of letters and digits with single spaces between; idempotent, for any unicode."""
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII_MARKS).split())
    plain = text.translate(_ACCENTS)
    if plain.isascii():
        return " ".join(plain.lower().translate(_ASCII_MARKS).split())
    folded = _fold_once(plain)
    while folded != (again := _fold_once(folded)):
        folded = again
    return folded


def _fold_once(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    kept = [
        mark if mark.isalnum() else " "
        for mark in unicodedata.normalize("NFKD", letters)
        if mark not in "'`" and not unicodedata.combining(mark)
    ]
    return " ".join("".join(kept).split())


# Accented Latin letters are most of what is not ASCII in statements: one table spares them the slow way.
_ACCENTS: Final = {code: _fold_once(chr(code)) or " " for code in range(0x80, 0x250)}
