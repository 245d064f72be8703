"""Encoding: which codec a file's bytes are written in, by its mark, by the user's word, or as advice."""

import codecs
import math
import re
import unicodedata
from typing import BinaryIO, Final

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
_NO_TEXT: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]").search
_TRUSTED_LETTERS: Final = 40  # fewer letters than these say too little for a detector
_WORDS_OF_THEIR_OWN: Final = 1.0  # special letters for each plain one
# The likeliest first among equals.
_SINGLE_BYTE: Final = ("cp1252", "cp1250", "cp1254", "cp1251", "cp1253")
_OLDER: Final = ("iso8859-2", "cp850")  # where none of these reads a sample, and no detector finds letters of Asia
_ICELANDIC: Final = frozenset("ÐÝÞðýþ")  # where Turkish has letters of its own; statements in Icelandic are rare
_OF_SEVERAL_BYTES: Final = {"big5", "big5hkscs", "cp932", "cp949", "euc_jp", "euc_kr", "gb18030", "gbk", "shift_jis"}
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


def reads_as_utf8(stream: BinaryIO) -> bool:
    """Return whether a file is UTF-8 with letters beyond ASCII to its end; leaves the stream at its start.

    Letters of one byte hardly ever come in such pairs, so whoever names their codec for such a file is mistaken.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_ascii = True
    try:
        while block := stream.read(1 << 20):
            is_ascii = is_ascii and block.isascii()
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        stream.seek(0)
    return not is_ascii


def advise(sample: bytes) -> str | None:
    """Return which encoding a sample is likely in, one that reads it without a control character, or None.

    A detector needs more letters than most files have outside ASCII: few of them are judged by what they read as.
    """
    from charset_normalizer import from_bytes  # noqa: PLC0415 - most files need no advice

    special = sum(byte >= 0x80 for byte in sample)
    if special < _TRUSTED_LETTERS:
        likely = min(_SINGLE_BYTE, key=lambda name: _oddity(sample, name))
        if _oddity(sample, likely)[0] == 0:
            return _with_others(likely, sample)
    best = from_bytes(sample).best()
    if special < _TRUSTED_LETTERS and best is not None and best.encoding not in _OF_SEVERAL_BYTES:
        older = next((name for name in _OLDER if _oddity(sample, name)[0] == 0), None)
        if older is not None:
            return older
    for name in (None if best is None else best.encoding, *_SINGLE_BYTE):
        if name is not None and name not in {"ascii", "utf_8"} and _decoded(sample, name) is not None:
            return "cp1252" if name in {"latin_1", "iso8859_1"} else name.replace("_", "-")
    return None


def _with_others(likely: str, sample: bytes) -> str:
    """Return an encoding, and the other one that reads the same few letters as well."""
    if likely in _OTHER_SCRIPTS:
        return "cp1251 (Cyrillic) or cp1253 (Greek)"
    is_turkish = likely == "cp1252" and not _ICELANDIC.isdisjoint(sample.decode("cp1252"))
    return "cp1254 (Turkish) or cp1252" if is_turkish else likely


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
    return None if _NO_TEXT(text) else text
