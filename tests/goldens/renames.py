"""Renames: what a stored golden is called today, so that a move may rename and still change nothing else.

``renames.json`` maps old names to new ones, by kind. A kind applies to some of the goldens only (``goldens.GOLDENS``).

- Kinds of keys (``event_fields``, ``observations``, ``policy_keys``, ``manifest_keys``, ``release_files``) rename the
  keys of JSON objects. An old name may be the end of a path (``rollback.looks``), where one word has two meanings.
- ``values`` renames texts that are equal to the old one; ``labels=any`` renames ``any`` under the key ``labels`` only.
- ``metric_names`` and ``texts`` rename whole words inside of texts; ``columns`` those of SQL, and the keys of a row.
- ``added`` names keys that today's output has and the stored one has not, each with the reason.
- ``rewritten`` names goldens, or lines of them (``release:card.html``), that are not compared, each with the reason.

Every entry must be used by a stored golden or by an input: one that is not was meant to rename something.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("renames.json")
KEYS = ("event_fields", "observations", "policy_keys", "manifest_keys", "release_files")
WORDS = ("columns", "metric_names", "texts")
KINDS = (*KEYS, "values", *WORDS, "added", "rewritten")
SORTED_JSON = "terms"  # the key of a text that is JSON with sorted keys
ROW = "row"  # the key of an object whose keys are columns
Path_ = tuple[str, ...]


class Renames:
    """The entries of one file; ``used`` holds each that has renamed something."""

    def __init__(self, entries: Mapping[str, Mapping[str, str]]) -> None:
        unknown = sorted(set(entries) - set(KINDS))
        assert not unknown, f"renames.json: nothing is of the kind {', '.join(unknown)}"
        self.entries = {kind: dict(entries.get(kind, {})) for kind in KINDS}
        self.used: set[tuple[str, str]] = set()

    @classmethod
    def read(cls) -> "Renames":
        """Return the entries of ``renames.json``."""
        return cls(json.loads(FILE.read_text()))

    @property
    def unused(self) -> list[str]:
        """The entries that have renamed nothing so far."""
        return [
            f"{kind}: {old}" for kind, names in self.entries.items() for old in names if (kind, old) not in self.used
        ]

    def line(self, text: str, kinds: Sequence[str]) -> str:
        """Return one stored line under today's names; one that names nothing old comes back byte for byte."""
        if not any(self.entries[kind] for kind in kinds):
            return text
        if text[:1] not in "{[":
            return self._words(text, kinds)
        document = msgspec.json.decode(text)
        renamed = self._value(document, (), kinds)
        return text if renamed == document else msgspec.json.encode(renamed).decode()

    def without_added(self, text: str) -> str:
        """Return a line of today's output without the keys that the stored one has not."""
        if not self.entries["added"] or text[:1] != "{":
            return text
        document = msgspec.json.decode(text)
        before = msgspec.json.encode(document)
        self._drop(document, ())
        after = msgspec.json.encode(document)
        return text if after == before else after.decode()

    def is_rewritten(self, name: str) -> bool:
        """Whether a golden, or a line of one, is said to have been written anew."""
        if name not in self.entries["rewritten"]:
            return False
        self.used.add(("rewritten", name))
        return True

    def _value(self, value: object, path: Path_, kinds: Sequence[str]) -> object:
        match value:
            case dict():
                return {
                    self._key((*path, key), kinds): self._value(part, (*path, key), kinds)
                    for key, part in value.items()
                }
            case list():
                return [self._value(part, path, kinds) for part in value]
            case str():
                return self._text(value, path, kinds)
            case _:
                return value

    def _key(self, path: Path_, kinds: Sequence[str]) -> str:
        whole = ".".join(path)
        for kind in kinds:
            for old, new in self.entries[kind].items() if kind in KEYS else ():
                if whole == old or whole.endswith(f".{old}"):
                    self.used.add((kind, old))
                    return new
            if kind == "columns" and path[:-1] == (ROW,) and path[-1] in self.entries[kind]:
                self.used.add((kind, path[-1]))
                return self.entries[kind][path[-1]]
        return path[-1]

    def _text(self, text: str, path: Path_, kinds: Sequence[str]) -> str:
        if text[:1] in ("{", "[") and (inner := _json(text, path)) is not None:
            renamed = self._value(inner, path, kinds)
            return text if renamed == inner else _encode(renamed, path)
        key = path[-1] if path else ""
        if key in ("required", "features"):  # lists of names
            text = self._key((*path[:-2], text) if key == "required" else (text,), kinds)
        if "values" in kinds:
            for old, new in self.entries["values"].items():
                if text == old or f"{key}={text}" == old:
                    self.used.add(("values", old))
                    return new
        if "release_files" in kinds and text in self.entries["release_files"]:
            self.used.add(("release_files", text))
            return self.entries["release_files"][text]
        return self._words(text, [kind for kind in kinds if kind != "columns"])

    def _words(self, text: str, kinds: Sequence[str]) -> str:
        for kind in kinds:
            for old, new in self.entries[kind].items() if kind in WORDS else ():
                text, count = re.subn(rf"(?<!\w){re.escape(old)}(?!\w)", new.replace("\\", r"\\"), text)
                if count:
                    self.used.add((kind, old))
        return text

    def _drop(self, value: object, path: Path_) -> None:
        if isinstance(value, list):
            for part in value:
                self._drop(part, path)
        if isinstance(value, dict):
            for key in tuple(value):
                whole = ".".join((*path, key))
                added = next((old for old in self.entries["added"] if whole == old or whole.endswith(f".{old}")), None)
                if added is not None:
                    self.used.add(("added", added))
                    del value[key]
                else:
                    self._drop(value[key], (*path, key))


def _json(text: str, path: Path_) -> object | None:
    """Return what a text holds where it is JSON as our own encoder writes it."""
    try:
        inner = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    return inner if _encode(inner, path) == text else None


def _encode(value: object, path: Path_) -> str:
    return msgspec.json.encode(value, order="sorted" if path[-1:] == (SORTED_JSON,) else None).decode()
