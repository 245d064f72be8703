"""Yaml reader: a YAML text as nodes that know their line, and the faults found while reading them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import yaml

from rules.errors import RulesetIssue

MAX_NODES: Final = 100_000  # some fifty times what the shipped rule set has


@dataclass(slots=True)
class YamlReader:
    """One YAML text being read; collects every fault, so that one run names them all."""

    file: str
    issues: list[RulesetIssue] = field(default_factory=list)

    def add_issue(self, node: yaml.Node, what: str) -> None:
        """Note what is wrong at the node."""
        self.issues.append(RulesetIssue(self.file, node.start_mark.line + 1, what))

    def compose(self, text: str) -> yaml.Node | None:
        """Return the root node, None (and a fault) where the text is no YAML."""
        try:
            node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
            nodes = 0 if node is None else _expanded_nodes(node, {})
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
            self.issues.append(RulesetIssue(self.file, line, f"is not YAML: {error.problem}"))
            return None
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            self.issues.append(RulesetIssue(self.file, 1, f"is not YAML: {str(error).splitlines()[0]}"))
            return None
        if node is None:
            self.issues.append(RulesetIssue(self.file, 1, "is empty"))
        elif nodes > MAX_NODES:
            self.add_issue(
                node, f"its aliases write it out to more than {MAX_NODES:,} values; write the rules without them"
            )
            return None
        return node

    def mapping(self, node: yaml.Node, allowed: frozenset[str]) -> dict[str, yaml.Node]:
        """Return the values by key; unknown and repeated keys are faults and left out."""
        if not isinstance(node, yaml.MappingNode):
            self.add_issue(node, "expected keys and values here")
            return {}
        values: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name not in allowed:
                self.add_issue(key, f"unknown key {name!r}; known here: {', '.join(sorted(allowed))}")
            elif name in values:
                self.add_issue(key, f"key {name!r} stands here twice")
            else:
                values[name] = value
        return values

    def items(self, node: yaml.Node) -> Iterator[yaml.Node]:
        """Yield the items of a list; a single value is a list of one."""
        if isinstance(node, yaml.SequenceNode):
            yield from node.value
        else:
            yield node

    def string(self, node: yaml.Node) -> str:
        """Return the text of a single value as it was written, empty (and a fault) where it is none."""
        if isinstance(node, yaml.ScalarNode) and isinstance(node.value, str) and node.value.strip():
            if "\0" in node.value:  # it goes out with suggestions, which Postgres must be able to keep
                self.add_issue(node, "holds the character U+0000")
            return node.value.strip()
        self.add_issue(node, "expected a text here")
        return ""

    def strings(self, node: yaml.Node) -> list[tuple[str, yaml.Node]]:
        """Return every text of a list, or of one value with commas between, with its node."""
        found: list[tuple[str, yaml.Node]] = []
        for item in self.items(node):
            found.extend((part.strip(), item) for part in self.string(item).split(",") if part.strip())
        return found

    def number(self, node: yaml.Node, *, lowest: float, highest: float) -> float | None:
        """Return a number within bounds, None (and a fault) where it is none."""
        try:
            number = float(self.string(node))
        except ValueError:
            number = float("nan")
        if lowest <= number <= highest:
            return number
        self.add_issue(node, f"expected a number from {lowest:g} to {highest:g}")
        return None

    def boolean(self, node: yaml.Node) -> bool:
        """Return true or false."""
        text = self.string(node)
        if text not in {"true", "false"}:
            self.add_issue(node, "expected true or false")
        return text == "true"


def _expanded_nodes(node: yaml.Node, known: dict[int, int]) -> int:
    """Return how many nodes stand at and below a node once every alias is followed, each node looked at once.

    Whoever reads the document follows aliases, so this is what reading costs; one that leads back to itself has no end.
    """
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        known[id(node)] = MAX_NODES + 1  # what is met again while its own parts are counted holds itself
        parts = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in node.value for part in pair]
        known[id(node)] = 1 + sum(_expanded_nodes(part, known) for part in parts)
    return known[id(node)]
