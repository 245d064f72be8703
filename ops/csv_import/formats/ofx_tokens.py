"""OFX tokens: the elements of OFX 1, whose SGML leaves closing tags of values out, and of OFX 2, which is XML."""

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, Final, NamedTuple

from ops.csv_import.cells import CsvSourceError
from ops.csv_import.formats.xml_events import xml_events

BLOCK: Final = 1 << 16
LONGEST_TOKEN: Final = 1 << 16
_TAG: Final = re.compile(r"(/?)([A-Za-z0-9_.]{1,40})\s*(/?)").fullmatch
_ENTITY: Final = re.compile(r"&(#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos|nbsp);")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
_CDATA: Final = "<![CDATA["


class Token(NamedTuple):
    """An opening tag with the text behind it, or a closing one; names in capitals, the line counts from 1."""

    is_open: bool
    tag: str
    text: str
    line: int


def sgml_tokens(stream: BinaryIO, name: str, encoding: str) -> Iterator[Token]:
    """Yield the tags of OFX 1 from ``<OFX>`` on, in bounded memory; raises CsvSourceError and UnicodeError."""
    text = io.TextIOWrapper(stream, encoding=encoding)
    rest, line, is_inside = "", 1, False
    try:
        while True:
            block = text.read(BLOCK)
            rest += block
            at = 0
            while (found := _next_tag(rest, at, is_last=not block)) is not None:
                start, end, token_end, value = found
                line += rest.count("\n", at, start)
                tag = _TAG(rest[start + 1 : end])
                if tag is None:
                    raise CsvSourceError(f"{name}: line {line} holds a < that begins no tag: a bank writes it as &lt;")
                is_inside = is_inside or tag[2].upper() == "OFX"
                if is_inside:
                    yield Token(not tag[1], tag[2].upper(), value, line)
                    if tag[3]:
                        yield Token(False, tag[2].upper(), "", line)
                line += rest.count("\n", start, token_end)
                at = token_end
            rest = rest[at:]
            if len(rest) > LONGEST_TOKEN + BLOCK:
                raise CsvSourceError(f"{name}: line {line} begins a text of over {LONGEST_TOKEN:,} characters")
            if not block:
                return
    finally:
        with suppress(ValueError):  # a reading that was given up may be dropped after its file was closed
            text.detach()


def _next_tag(text: str, at: int, *, is_last: bool) -> tuple[int, int, int, str] | None:
    """Return where the next tag starts and ends, where the text behind it ends, and that text.

    None where the rest of the file must be read first. Every search begins behind what was found: the time is linear.
    """
    start = text.find("<", at)
    end = text.find(">", start) if start >= 0 else -1
    if end < 0:
        return None
    stop = end + 1
    if not is_last and len(text) - stop < len(_CDATA):
        return None
    if text.startswith(_CDATA, stop):
        closed = text.find("]]>", stop)
        if closed < 0:
            return None
        return start, end, closed + 3, text[stop + len(_CDATA) : closed].strip()
    behind = text.find("<", stop)
    if behind < 0:
        if not is_last:
            return None
        behind = len(text)
    return start, end, behind, _ENTITY.sub(_character, text[stop:behind]).strip()


def _character(found: re.Match[str]) -> str:
    word = found[1]
    if not word.startswith("#"):
        return _NAMED[word]
    number = int(word[2:], 16) if word[1] in "xX" else int(word[1:])
    return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else " "


def xml_tokens(stream: BinaryIO, name: str) -> Iterator[Token]:
    """Yield the elements of OFX 2: one with a text as its opening tag; raises CsvSourceError."""
    for event in xml_events(stream, name):
        tag = event.tag.upper()
        if event.is_start:
            yield Token(True, tag, "", event.line)
        else:
            if event.text:
                yield Token(True, tag, event.text, event.line)
            yield Token(False, tag, "", event.line)
