"""Numbers: which numbers of a statement line belong to a name, and which are dates, stores, cards and references."""

import re
from typing import Final

from schemas.text.words import BESIDE_NUMBERS, DROPPED_WORDS, NUMBER_WORDS, NUMBERED_NAMES

_NAME_WITH_DIGITS = re.compile(r"[a-z0-9]{1,3}|[a-z]{3,}[0-9]{1,2}|[0-9]{1,2}[a-z]{3,}|1und1|1and1|123reg").fullmatch
_DATE_OR_TIME = re.compile(
    r"(?:[0-9]{1,2})?(?:jan|feb|mar|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-z]*[0-9]{0,4}|[0-9]{8}t[0-9]*|"
    r"[0-9]{1,2}t[0-9]{2}|[0-9]{1,2}(?:am|pm)"
).fullmatch
_NAME_BEFORE_NUMBER = re.compile(r"([a-z]{5,})[0-9]{3}[a-z0-9]*").fullmatch
_STORE_NUMBER_DIGITS: Final = 3  # a number this long is not part of a name


def strip_numbers(words: list[str]) -> tuple[list[str], int]:
    """Drop dates, times, store numbers, masked cards and references; also say where the last of them stood."""
    kept: list[str] = []
    boundary = 0
    last = len(words) - 1
    for position, word in enumerate(words):
        if word.isalpha():
            if word not in BESIDE_NUMBERS or not (
                (position > 0 and words[position - 1].isdigit()) or (position < last and words[position + 1].isdigit())
            ):
                kept.append(word)
        elif (
            _is_numbered(word, words, position)
            if word.isdigit()
            else _NAME_WITH_DIGITS(word) is not None and _DATE_OR_TIME(word) is None
        ):
            kept.append(word)
        elif position == 0 and (name := _name_before_number(word)) is not None:
            kept.append(name)
        else:
            while len(kept) > 1 and kept[-1] in NUMBER_WORDS:
                kept.pop()
            if len(word) >= _STORE_NUMBER_DIGITS:
                boundary = len(kept)
    return kept, boundary


def _name_before_number(word: str) -> str | None:
    """Return the name in "ryanair000000abc123": airlines write the booking against their names."""
    found = _NAME_BEFORE_NUMBER(word)
    return None if found is None or found[1] in NUMBER_WORDS or found[1] in DROPPED_WORDS else found[1]


def _is_numbered(number: str, words: list[str], position: int) -> bool:
    """Whether a number belongs to a name: "7 eleven", "24 hour fitness", "motel 6"."""
    if len(number) < _STORE_NUMBER_DIGITS and position > 0 and words[position - 1] in NUMBERED_NAMES:
        return True
    after = words[position + 1] if position + 1 < len(words) else ""
    if position == 0:
        return len(number) <= _STORE_NUMBER_DIGITS and after.isalpha() and after not in BESIDE_NUMBERS
    return number == "7" and after == "eleven"
