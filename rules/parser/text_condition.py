"""Text condition: the texts and regexes of a condition, read from its YAML, and why one can never hold."""

from collections.abc import Callable
from typing import Final

import re2
import yaml

from rules.condition import Condition, Text, TextKind
from rules.parser.yaml_reader import YamlReader
from schemas.text.descriptor import norm_desc
from schemas.text.folding import fold
from schemas.text.words import DROPPED_WORDS, SYNONYMS

_MIN_WILD: Final = 4  # "*car*" stands in "scarf": a text that may go on is longer
_ACTIVE = re2.Options()
_ACTIVE.log_errors = False


def read_text(kind: TextKind) -> Callable[[YamlReader, yaml.Node], Condition | None]:
    """Return what reads the texts of one kind; None (and faults) where none of them can ever hold."""

    def read(reader: YamlReader, node: yaml.Node) -> Condition | None:
        # A comma may stand in a regex, so a list of regexes is a list.
        found = (
            [(reader.string(item), item) for item in reader.items(node)]
            if kind is TextKind.REGEX
            else reader.strings(node)
        )
        seen: dict[str, None] = {}
        for text, item in found:
            why = _fault_in_regex(text) if kind is TextKind.REGEX else _fault_in_literal(kind, text)
            if text in seen:
                why = f"{text!r} stands here twice"
            if why is None:
                seen[text] = None
            else:
                reader.add_issue(item, why)
        return Text(kind, tuple(seen)) if seen else None

    return read


def _fault_in_literal(kind: TextKind, text: str) -> str | None:
    words = text.strip("*")
    if "*" in words or (kind is not TextKind.WORDS and "*" in text):
        return f"{text!r}: '*' may only stand at the ends of a merchant text"
    folded = fold(words)
    if not folded:
        return f"{text!r} holds no letter and no digit"
    if "*" in text and len(folded) < _MIN_WILD:
        return f"{text!r} is too short to go on within a word; write at least {_MIN_WILD} letters"
    if folded != words:
        return f"{text!r} can never stand in a normalised description; write {folded!r}"
    lost = sorted(word for word in folded.split() if word in DROPPED_WORDS or word in SYNONYMS)
    if lost:
        return f"{text!r} can never stand in a normalised description, which drops or renames {', '.join(lost)!r}"
    if kind is TextKind.EXACT and norm_desc(folded) != folded:
        return f"{text!r} can never be a normalised description; it becomes {norm_desc(folded)!r}"
    return None


def _fault_in_regex(text: str) -> str | None:
    try:
        regex = re2.compile(text, _ACTIVE)
    except re2.error as error:
        why = error.args[0] if error.args else "unknown"
        return f"{text!r} is no RE2 regex: {why.decode() if isinstance(why, bytes) else why}"
    return f"{text!r} holds for every description" if regex.search("") is not None else None
