"""Path: where a value stands in a JSON object, such as ``details.counterparty.name`` or ``lines[0].text``."""

import re
from dataclasses import dataclass
from typing import Final

MAX_PATH: Final = 120  # so that a dead letter's detail has room for what is wrong
MAX_DEPTH: Final = 16
MAX_INDEX: Final = 99
KEY_PATH: Final = "$key"  # the record's key, as text
_PART: Final = re.compile(r'(?:^|\.)([^.\[\]"]+)|(?:^|\.)?\["([^"]+)"\]|\[([0-9]{1,2})\]')


@dataclass(frozen=True, slots=True)
class RecordPath:
    """The names and places of items that lead to a value; ``text`` as it was written."""

    text: str
    parts: tuple[str | int, ...]

    @property
    def is_key(self) -> bool:
        """Whether it means the record's key and nothing of its value."""
        return self.text == KEY_PATH

    @property
    def has_items(self) -> bool:
        """Whether it leads through a list."""
        return any(isinstance(part, int) for part in self.parts)


def parse_path(text: str) -> RecordPath:
    """Return the path; a name that holds a dot or a bracket is written as ``["a.b"]``. Raises ValueError."""
    if len(text) > MAX_PATH:
        raise ValueError(f"is longer than {MAX_PATH} characters")
    if text == KEY_PATH:
        return RecordPath(text, ())
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        match = _PART.match(text, at) if at == 0 or text[at] in ".[" else None
        if match is None or (match[3] is not None and not parts):
            raise ValueError(
                f'{text!r} is no path; write names with dots and items in brackets: lines[0].text, ["a.b"]'
            )
        parts.append(int(match[3]) if match[3] is not None else match[1] or match[2])
        at = match.end()
    if not parts or len(parts) > MAX_DEPTH:
        raise ValueError(f"{text!r} is no path of 1 to {MAX_DEPTH} names")
    return RecordPath(text, tuple(parts))


def walk(document: object, path: RecordPath) -> object:
    """Return what stands at a path of a decoded JSON document, None where nothing does."""
    for part in path.parts:
        if isinstance(part, int):
            document = document[part] if isinstance(document, list) and part < len(document) else None
        else:
            document = document.get(part) if isinstance(document, dict) else None
    return document
