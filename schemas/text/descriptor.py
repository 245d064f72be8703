"""Descriptor: the merchant's words in a statement line, without what banks and processors put around them."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from schemas.events.transaction import Transaction
from schemas.text.folding import fold, fold_words
from schemas.text.numbers import strip_numbers
from schemas.text.places import ALONE, CITIES, MAX_CITY_WORDS, MAX_PLACE_WORDS, PLACES_BY_CODE, REGIONS
from schemas.text.words import (
    CLOSING_WORDS,
    DROPPED_WORDS,
    GENERIC_WORDS,
    LEADING_PHRASES,
    LEGAL_SUFFIXES,
    PREPOSITIONS,
    STARRED_PROCESSORS,
    SYNONYMS,
)

MAX_KEY_CHARACTERS: Final = 256  # what a hint's key may hold
KEY_WORDS: Final = 3  # statements cut lines at 22 to 25 characters: later words come and go
CACHED_LINES: Final = 16_384

_HASHED_NUMBER = re.compile(r"#\s?[0-9]+")
_SEPA_FIELD = re.compile(r"\b(?:(?:eref|kref|mref|cred|debt|iban|bic|abwa|abwe)\+\S*|svwz\+)", re.IGNORECASE)
_GERMAN_PLACE = re.compile(r"(?<=[^:/])//[^/]*/[a-z]{2}\b.*", re.IGNORECASE | re.DOTALL)
_RENAMED_OR_DROPPED: Final = DROPPED_WORDS | SYNONYMS.keys()
_CITY_ENDINGS: Final = frozenset(city.rsplit(" ", 1)[-1] for city in CITIES | ALONE)
_ENDINGS: Final = LEGAL_SUFFIXES | CLOSING_WORDS
_TAIL_WORDS: Final = _ENDINGS | REGIONS | _CITY_ENDINGS


class Descriptor(NamedTuple):
    """The normalised description, the part of it that names the merchant, and all of it as written, only folded.

    Each may be empty.
    """

    norm: str
    merchant_key: str
    written: str


def norm_desc(text: str) -> str:
    """Return the merchant's words of a statement line, folded; idempotent, never raises, empty only for no words."""
    if "*" in text:
        text = _strip_starred(text)
    if "#" in text:
        text = _HASHED_NUMBER.sub(" ", text)
    if "+" in text:
        text = _SEPA_FIELD.sub(" ", text)
    if "//" in text:
        text = _GERMAN_PLACE.sub("", text)
    words = fold_words(text)
    while True:
        rest = _strip(words)
        if not rest:
            return " ".join(words)
        if len(rest) == len(words):
            return " ".join(rest)
        words = rest


def merchant_key(norm: str) -> str:
    """Return the stable part of a normalised description, at most ``KEY_WORDS`` words; idempotent."""
    words = norm.split()
    telling = [word for word in words if word not in GENERIC_WORDS]
    return " ".join((telling or words)[:KEY_WORDS])[:MAX_KEY_CHARACTERS].rstrip()


def key_of_line(line: str) -> str:
    """Return the merchant key of a statement line, or of a key itself; empty where it holds no words."""
    return merchant_key(norm_desc(line))


def build_descriptor(transaction: Transaction) -> Descriptor:
    """Return the descriptor of the description, or of ``merchant`` where the description holds no words."""
    descriptor = _build_from_line(transaction.description)
    if descriptor.norm or not transaction.merchant:
        return descriptor
    return _build_from_line(transaction.merchant)


# Merchants repeat (Zipf): remembering lines saves most of the work; the bound is a few megabytes.
@lru_cache(maxsize=CACHED_LINES)
def _build_from_line(line: str) -> Descriptor:
    norm = norm_desc(line)
    return Descriptor(norm, merchant_key(norm), fold(line))


def _strip_starred(text: str) -> str:
    """Drop the marks of processors that stand before a star; a star that stands last marks nothing."""
    kept: list[str] = []
    before, *parts = text.split("*")
    for part in parts:
        words = before.split()
        if words and words[-1].lower() in STARRED_PROCESSORS and not part.isspace() and part:
            words.pop()
        kept.extend(words)
        before = part
    return f"{' '.join(kept)} {before}"


def _strip(words: list[str]) -> list[str]:
    """Return the words without one layer of wrapping; each step only removes words or renames one for good."""
    if not _RENAMED_OR_DROPPED.isdisjoint(words):
        words = [SYNONYMS.get(word, word) for word in words if word not in DROPPED_WORDS]
    if words and words[0] in LEADING_PHRASES:
        words = _strip_front(words)
    boundary = 0
    for word in words:
        if not word.isalpha():  # folded words hold letters and digits only
            words, boundary = strip_numbers(words)
            break
    if words and words[-1] in _TAIL_WORDS:
        return _strip_tail(words, boundary)
    return words


def _strip_front(words: list[str]) -> list[str]:
    start = 0
    count = len(words)
    while start < count - 1 and (phrases := LEADING_PHRASES.get(words[start])) is not None:
        for phrase in phrases:
            end = start + len(phrase)
            if end < count and (len(phrase) == 1 or tuple(words[start:end]) == phrase):
                start = end
                break
        else:
            break
    return words[start:]


def _strip_tail(words: list[str], boundary: int) -> list[str]:
    """Drop states, countries, cities and legal forms from the end; ``boundary`` is where a store number stood."""
    end = len(words)
    while end > 1:
        word = words[end - 1]
        if (length := _town_length(words, end)) > 0:
            end -= length + 1
        elif word in _ENDINGS:
            end -= 1
        elif word in REGIONS:
            if words[end - 2] in PREPOSITIONS:
                break
            end -= 1
            if 0 < boundary < end <= boundary + MAX_CITY_WORDS:
                end = boundary  # "starbucks 1234 bainbridge island wa": what follows the number is the place
        elif (length := _city_length(words, end)) and words[end - length - 1] not in PREPOSITIONS:
            end -= length
        else:
            break
    return words[:end]


def _town_length(words: list[str], end: int) -> int:
    """Return how many words before the last, a state's or country's code, name a town there; a word stays before it."""
    names = PLACES_BY_CODE.get(words[end - 1])
    if names is None:
        return 0
    for length in range(min(MAX_PLACE_WORDS, end - 2), 0, -1):
        if " ".join(words[end - 1 - length : end - 1]) in names and words[end - 2 - length] not in PREPOSITIONS:
            return length
    return 0


def _city_length(words: list[str], end: int) -> int:
    """Return how many of the last words name a city, at least one word staying before it."""
    if words[end - 1] in _CITY_ENDINGS:
        for length in range(1, min(MAX_PLACE_WORDS, end - 1) + 1):
            name = " ".join(words[end - length : end])
            if name in CITIES or name in ALONE:
                return length
    return 0
