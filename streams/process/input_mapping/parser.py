"""Parser: the YAML of a mapping, read to its spec; every piece of nonsense is refused with its line."""

import re
from typing import Final

import yaml

from rules.errors import RulesetIssue
from rules.parser.yaml_reader import YamlReader
from schemas.events.skip_reason import SkipReason
from streams.errors import MappingError
from streams.process.input_mapping.field_parser import read_money_spec, read_text_spec, read_time_spec
from streams.process.input_mapping.path import RecordPath
from streams.process.input_mapping.scalars import read_path, words
from streams.process.input_mapping.spec import OPTIONAL, REQUIRED, MappingSpec, MoneySpec, SkipSpec, TextSpec, TimeSpec

KEY_FIELDS: Final = ("user_id", "account_id")
ANY_KEY: Final = "none"
_TOP: Final = frozenset({"name", "key", "skip", "fields"})
_SKIP: Final = frozenset({"reason", "from", "is", "is_not", "missing"})
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,63}").fullmatch


def parse_mapping(text: str, *, file: str) -> MappingSpec:
    """Return what the file says; ``file`` is what faults call it. Raises MappingError with every fault."""
    reader = YamlReader(file)
    root = reader.compose(text)
    if root is None:
        raise MappingError(reader.issues)
    _find_doubts(reader, root)
    top = reader.mapping(root, _TOP)
    name = _read_name(reader, root, top.get("name"))
    skips = tuple(
        skip for node in (reader.items(top["skip"]) if "skip" in top else ()) if (skip := _read_skip(reader, node))
    )
    key = _read_key(reader, top.get("key"))
    fields = reader.mapping(top["fields"], frozenset(REQUIRED + OPTIONAL)) if "fields" in top else {}
    for field in REQUIRED:
        if field not in fields:
            reader.add_issue(top.get("fields", root), f"fields: {field} is missing; say where it stands, or a value")
    texts: dict[str, TextSpec] = {}
    money: MoneySpec | None = None
    time: TimeSpec | None = None
    for field, node in fields.items():
        if field == "amount":
            money = read_money_spec(reader, node)
        elif field == "occurred_at":
            time = read_time_spec(reader, node)
        elif (spec := read_text_spec(reader, field, node)) is not None:
            texts[field] = spec
    if reader.issues or money is None or time is None:
        raise MappingError(reader.issues or [RulesetIssue(file, 1, "is no mapping")])
    return MappingSpec(name, texts, money, time, skips, key)


def _find_doubts(reader: YamlReader, root: yaml.Node) -> None:
    """Refuse every ``?`` that a proposal has left for its reader to settle."""
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            if node.value == "?":
                reader.add_issue(node, "a doubt is open: put the answer in the place of the ?")
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            waiting.extend(part for pair in node.value for part in pair)


def _read_name(reader: YamlReader, root: yaml.Node, node: yaml.Node | None) -> str:
    if node is None:
        reader.add_issue(root, "'name' is missing")
        return ""
    name = reader.string(node)
    if _NAME(name) is None:
        reader.add_issue(node, f"{name!r} is no name: small letters, digits and dashes")
    return name


def _read_key(reader: YamlReader, node: yaml.Node | None) -> str | RecordPath | None:
    """Return the field or the path that a record's key must equal, None for any key; the user_id where none is said."""
    if node is None:
        return "user_id"
    if isinstance(node, yaml.MappingNode):
        values = reader.mapping(node, frozenset({"from"}))
        return read_path(reader, values["from"]) if "from" in values else None
    text = reader.string(node)
    if text == ANY_KEY:
        return None
    if text not in KEY_FIELDS:
        reader.add_issue(node, f"{text!r} is no key policy: write {', '.join(KEY_FIELDS)}, {{from: path}} or {ANY_KEY}")
    return text


def _read_skip(reader: YamlReader, node: yaml.Node) -> SkipSpec | None:
    values = reader.mapping(node, _SKIP)
    known = {reason.value: reason for reason in SkipReason}
    for key in ("reason", "from"):
        if key not in values:
            reader.add_issue(node, f"skip: {key!r} is missing")
            return None
    path, word = read_path(reader, values["from"]), reader.string(values["reason"])
    if word not in known:
        reader.add_issue(values["reason"], f"{word!r} is no reason to skip; known: {', '.join(known)}")
    conditions = [key for key in ("is", "is_not", "missing") if key in values]
    if len(conditions) != 1:
        reader.add_issue(node, "skip: give exactly one of is, is_not and missing")
        return None
    if path is None or word not in known:
        return None
    node = values[conditions[0]]
    match conditions[0]:
        case "is":
            return SkipSpec(known[word], path, "is", words(reader, node))
        case "is_not":
            return SkipSpec(known[word], path, "is_not", words(reader, node))
        case _:
            return SkipSpec(known[word], path, "missing" if reader.boolean(node) else "present")
