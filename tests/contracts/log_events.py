"""Log events: what the code logs, read from its text: name, levels and fields of each event."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LEVELS = ("debug", "info", "warning", "error", "critical")
CODE = ("schemas", "rules", "scorer", "streams", "trainer", "ops")


@dataclass(slots=True)
class Event:
    """One event: the levels that it may have, and its fields in the order of the code."""

    levels: set[str] = field(default_factory=set)
    fields: dict[str, None] = field(default_factory=dict)


def events(root: Path) -> dict[str, Event]:
    """Return every event of the programs below a folder, by name."""
    found: dict[str, Event] = {}
    for package in CODE:
        for path in sorted((root / package).rglob("*.py")):
            for name, levels, fields in _calls(ast.parse(path.read_text())):
                event = found.setdefault(name, Event())
                event.levels |= levels
                event.fields |= dict.fromkeys(fields)
    return found


def _calls(tree: ast.Module) -> Iterator[tuple[str, set[str], list[str]]]:
    aliases = {
        target.id: levels
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and (levels := _levels(node.value, {}))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and (levels := _levels(node.func, aliases)):
            first = node.args[0]
            assert isinstance(first, ast.Constant), f"an event without a name of its own: {ast.unparse(node)}"
            yield str(first.value), levels, [keyword.arg or "**" for keyword in node.keywords]


def _levels(node: ast.expr, aliases: dict[str, set[str]]) -> set[str]:
    """Return the levels at which an expression logs: ``log.info``, a choice between two, or a name for either."""
    if isinstance(node, ast.IfExp):
        return _levels(node.body, aliases) | _levels(node.orelse, aliases)
    if isinstance(node, ast.Name):
        return aliases.get(node.id, set())
    is_log = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "log"
    return {node.attr} & set(LEVELS) if is_log and isinstance(node, ast.Attribute) else set()
