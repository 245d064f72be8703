"""Yaml values: a YAML text as texts, lists and mappings that know their line, without aliases and within bounds.

The text is read event by event, so what is too much is refused before it is held in memory.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import yaml

MAX_VALUES: Final = 20_000  # four times what 200 categories with all of their keys are
_MAX_DEPTH: Final = 8
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlFaultError(ValueError):
    """The text is no YAML that we read; the line says what to do."""


class YamlText(NamedTuple):
    """A single value as it was written; ``is_null`` where YAML reads it as null."""

    text: str
    is_null: bool
    line: int


class YamlItems(NamedTuple):
    """A list."""

    items: list["YamlValue"]
    line: int


class YamlKeys(NamedTuple):
    """A mapping; no key stands in it twice."""

    values: dict[str, "YamlValue"]
    line: int


YamlValue = YamlText | YamlItems | YamlKeys


def read_yaml(text: str) -> YamlValue:
    """Return the one document of a text; raises YamlFaultError."""
    try:
        events = _bounded(yaml.parse(text, Loader=_LOADER))
        next(events)  # the stream's start
        if isinstance(next(events), yaml.StreamEndEvent):
            raise YamlFaultError("is empty: ledgermind taxonomy init FILE writes one to begin with")
        value = _read(events, next(events), 0)
        next(events)  # the document's end
        if not isinstance(next(events), yaml.StreamEndEvent):
            raise YamlFaultError("holds more than one YAML document: keep one")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise YamlFaultError(f"line {line}: is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise YamlFaultError(f"is not YAML: {str(error).splitlines()[0]}") from error
    return value


def _bounded(events: Iterator[Any]) -> Iterator[Any]:
    for number, event in enumerate(events):
        if number > MAX_VALUES:
            raise YamlFaultError(f"holds more than {MAX_VALUES:,} values: a taxonomy has 200 categories at most")
        yield event


def _read(events: Iterator[Any], event: Any, depth: int) -> YamlValue:
    line = event.start_mark.line + 1
    if isinstance(event, yaml.AliasEvent):
        raise YamlFaultError(f"line {line}: *{event.anchor} is an alias: write the value out")
    if isinstance(event, yaml.ScalarEvent):
        return YamlText(event.value, event.implicit[0] and event.value in _NULLS, line)
    if depth == _MAX_DEPTH:
        raise YamlFaultError(f"line {line}: lists and mappings stand more than {_MAX_DEPTH} deep: write it flat")
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(_read(events, event, depth + 1))
        return YamlItems(items, line)
    values: dict[str, YamlValue] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _read(events, event, depth + 1)
        if not isinstance(key, YamlText):
            raise YamlFaultError(f"line {key.line}: a key is a text")
        if key.text in values:
            raise YamlFaultError(f"line {key.line}: the key {key.text[:80]!r} stands here twice: keep one")
        values[key.text] = _read(events, next(events), depth + 1)
    return YamlKeys(values, line)
