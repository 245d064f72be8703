"""Encoding: which codec a file's bytes are written in, by its mark, by the user's word, or as advice."""

import codecs
import math
import re
import unicodedata
from typing import Final

from charset_normalizer import from_bytes

MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Codecs of Python that are no encoding of a text file.
_NOT_OF_FILES: Final = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem", "utf-7"}
# In a text of one byte a letter these are no text: the codec is a wrong one.
WRONG_CODEC: Final = re.compile("[\x80-\x9f]").search
_TRUSTED_LETTERS: Final = 40  # fewer letters than these say too little for a detector
_WORDS_OF_THEIR_OWN: Final = 1.0  # special letters for each plain one
_SINGLE_BYTE: Final = ("cp1252", "cp1250", "cp1254", "cp1251", "cp1253")  # the likeliest first among equals
_OTHER_SCRIPTS: Final = {"cp1251", "cp1253"}
_PUNCTUATION: Final = frozenset("€„“”\u201a\u2018\u2019\u2013—…«»§°£¥ºª¿¡·•\u00a0\u00ad")


def is_codec(name: str) -> bool:
    """Return whether Python knows an encoding of text by this name."""
    try:
        known = codecs.lookup(name).name.replace("_", "-")
        b"a".decode(name)
    except UnicodeError:
        pass  # half a character of two bytes
    except (LookupError, ValueError):  # no such codec, or one that makes no text
        return False
    return known not in _NOT_OF_FILES


def marked(head: bytes) -> str | None:
    """Return the encoding that the first bytes of a file name, or None where they are no mark."""
    return next((name for mark, name in MARKS if head.startswith(mark)), None)


def advise(sample: bytes) -> str | None:
    """Return which encoding a sample is likely in, one that reads it without a control character, or None.

    A detector needs more letters than most files have outside ASCII: few of them are judged by what they read as.
    """
    special = sum(byte >= 0x80 for byte in sample)
    if special < _TRUSTED_LETTERS:
        likely = min(_SINGLE_BYTE, key=lambda name: _oddity(sample, name))
        if _oddity(sample, likely)[0] == 0:
            return "cp1251 (Cyrillic) or cp1253 (Greek)" if likely in _OTHER_SCRIPTS else likely
    best = from_bytes(sample).best()
    for name in (None if best is None else best.encoding, *_SINGLE_BYTE):
        if name is not None and name not in {"ascii", "utf_8"} and _decoded(sample, name) is not None:
            return "cp1252" if name in {"latin_1", "iso8859_1"} else name.replace("_", "-")
    return None


def _oddity(sample: bytes, encoding: str) -> tuple[float, bool]:
    """Return how many characters no statement holds, and whether letters of the wrong script stand in whole words.

    Cyrillic read as Western Europe's is accented letters only, and the other way round it is single ones.
    """
    text = _decoded(sample, encoding)
    if text is None:
        return math.inf, True
    special = [character for character in text if not character.isascii() and character not in _PUNCTUATION]
    letters = sum(unicodedata.category(character) in {"Ll", "Lu"} for character in special)
    plain = sum(character.isascii() and character.isalpha() for character in text)
    return len(special) - letters, (letters > plain * _WORDS_OF_THEIR_OWN) != (encoding in _OTHER_SCRIPTS)


def _decoded(sample: bytes, encoding: str) -> str | None:
    try:
        text = sample.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    return None if WRONG_CODEC(text) else text
