"""Ruleset: the YAML text of a rule set, read to values; every piece of nonsense is refused with its line."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple

import yaml

from rules.condition import Condition
from rules.errors import RulesetError
from rules.parser.condition import read_condition
from rules.parser.yaml_reader import YamlReader
from rules.ruleset import CrosswalkSource, Example, Rule, Ruleset
from schemas.events.candidate import ExplanationKind
from schemas.events.transaction import Channel, Transaction, find_error
from schemas.taxonomy import DEFAULT_CATEGORIES, TAXONOMY, Category, of_default
from schemas.taxonomy.definition import NOTHING

CROSSWALKS: Final = frozenset({"known_brands", "brands", "brand_words", "mcc", "vague_mcc"})
MIN_PRIORITY, MAX_PRIORITY = 0, 1_000
_TOP: Final = frozenset({"name", "version", "crosswalks", "rules", "examples"})
_RULE: Final = frozenset({"id", "category", "when", "confidence", "priority", "override", "note", "kind", "examples"})
_EXAMPLE: Final = frozenset({"description", "amount", "mcc", "channel", "currency", "country", "expect"})
_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}").fullmatch
_VERSION = re.compile(r"[0-9]+\.[0-9]+").fullmatch
_EXAMPLE_DAY: Final = datetime(2024, 5, 15, 12, tzinfo=UTC)


class WithoutCategory(NamedTuple):
    """A default category for which this installation's taxonomy has none."""

    default: str


def parse_ruleset(text: str, *, file: str) -> Ruleset:
    """Return the rule set; ``file`` is what faults call it. Raises RulesetError with every fault."""
    reader = YamlReader(file)
    root = reader.compose(text)
    if root is None:
        raise RulesetError(reader.issues)
    values = reader.mapping(root, _TOP)
    for key in ("name", "version", "rules"):
        if key not in values and isinstance(root, yaml.MappingNode):
            reader.add_issue(root, f"{key!r} is missing")
    rules: list[Rule] = []
    examples: list[Example] = []
    lines: dict[str, int] = {}
    for node in reader.items(values["rules"]) if "rules" in values else ():
        rule = _read_rule(reader, node, examples)
        if rule is None:
            continue
        if rule.rule_id in lines:
            reader.add_issue(node, f"rule {rule.rule_id!r} stands in line {lines[rule.rule_id]} already")
        lines[rule.rule_id] = rule.line
        rules.append(rule)
    for node in reader.items(values["examples"]) if "examples" in values else ():
        example = _read_example(reader, node)
        if example is not None:
            examples.append(example)
    ruleset = Ruleset(
        name=_matching(reader, values.get("name"), _NAME, "a name of small letters, digits and '-'"),
        version=_matching(reader, values.get("version"), _VERSION, "a version such as 1.0"),
        rules=tuple(rules),
        examples=tuple(examples),
        crosswalks=_read_crosswalks(reader, values.get("crosswalks")),
    )
    if reader.issues:
        raise RulesetError(sorted(reader.issues, key=lambda fault: fault.line))
    return ruleset


def _matching(reader: YamlReader, node: yaml.Node | None, matches: Callable[[str], object], what: str) -> str:
    if node is None:
        return ""
    text = reader.string(node)
    if not matches(text):
        reader.add_issue(node, f"expected {what}")
    return text


def _read_crosswalks(reader: YamlReader, node: yaml.Node | None) -> dict[str, CrosswalkSource]:
    sources: dict[str, CrosswalkSource] = {}
    if node is None:
        return sources
    for name, value in reader.mapping(node, CROSSWALKS).items():
        fields = reader.mapping(value, frozenset({"priority", "confidence"}))
        priority, confidence = _strength(reader, fields)
        sources[name] = CrosswalkSource(priority=priority, confidence=confidence)
    return sources


def _strength(reader: YamlReader, fields: dict[str, yaml.Node]) -> tuple[int, float]:
    priority = fields.get("priority")
    confidence = fields.get("confidence")
    order = None if priority is None else reader.number(priority, lowest=MIN_PRIORITY, highest=MAX_PRIORITY)
    if priority is not None and order is not None and order != int(order):
        reader.add_issue(priority, "expected a whole number")
    sure = None if confidence is None else reader.number(confidence, lowest=0.0, highest=1.0)
    return int(order or 0), 0.9 if sure is None else sure


def _read_rule(reader: YamlReader, node: yaml.Node, examples: list[Example]) -> Rule | None:
    fields = reader.mapping(node, _RULE)
    rule_id = _matching(reader, fields.get("id"), _NAME, "an id of small letters, digits and '-'")
    category = None if "category" not in fields else _read_category(reader, fields["category"])
    known = category if isinstance(category, Category) else None
    condition: Condition | None = None if "when" not in fields else read_condition(reader, fields["when"])
    for key in ("id", "category", "when"):
        if key not in fields and isinstance(node, yaml.MappingNode):
            reader.add_issue(node, f"a rule needs {key!r}")
    priority, confidence = _strength(reader, fields)
    kind = ExplanationKind.WORD
    if "kind" in fields:
        text = reader.string(fields["kind"])
        if text in set(ExplanationKind):
            kind = ExplanationKind(text)
        else:
            reader.add_issue(fields["kind"], f"expected one of {', '.join(ExplanationKind)}")
    if category is None or condition is None or not rule_id:
        return None
    if "examples" in fields:
        examples.extend(
            Example(_example_transaction(reader.string(item)), known, item.start_mark.line + 1)
            for item in reader.items(fields["examples"])
        )
    return Rule(
        rule_id=rule_id,
        category=known,
        left_out=category.default if isinstance(category, WithoutCategory) else None,
        condition=condition,
        confidence=confidence,
        priority=priority,
        override="override" in fields and reader.boolean(fields["override"]),
        note=reader.string(fields["note"]) if "note" in fields else None,
        kind=kind,
        line=node.start_mark.line + 1,
    )


def _read_category(reader: YamlReader, node: yaml.Node) -> Category | WithoutCategory | None:
    """Return the category of this installation that is meant: by its id or name, or by a default one's name."""
    text = reader.string(node)
    if (own := TAXONOMY.find(text)) is not None:
        return Category(own)
    if text in DEFAULT_CATEGORIES:
        return of_default(text) or WithoutCategory(text)
    reader.add_issue(node, f"{text!r} is no category; known: {', '.join(Category)}")
    return None


def _read_example(reader: YamlReader, node: yaml.Node) -> Example | None:
    fields = reader.mapping(node, _EXAMPLE)
    if "description" not in fields or "expect" not in fields:
        reader.add_issue(node, "an example needs 'description' and 'expect' (a category, or 'nothing')")
        return None
    texts = {key: reader.string(value) for key, value in fields.items()}
    if "channel" in texts and texts["channel"] not in set(Channel):
        reader.add_issue(fields["channel"], f"{texts['channel']!r} is no channel")
        return None
    transaction = _example_transaction(
        texts["description"],
        amount=texts.get("amount", "-10.00"),
        mcc=texts.get("mcc"),
        channel=Channel(texts["channel"]) if "channel" in texts else None,
        currency=texts.get("currency", "XXX"),
        country=texts.get("country"),
    )
    fault = find_error(transaction)
    if fault is not None:
        reader.add_issue(node, fault.detail)
        return None
    nothing = texts["expect"] == NOTHING
    expected = None if nothing else _read_category(reader, fields["expect"])
    if expected is None and not nothing:
        return None
    return Example(transaction, expected if isinstance(expected, Category) else None, node.start_mark.line + 1)


def _example_transaction(
    description: str,
    *,
    amount: str = "-10.00",
    mcc: str | None = None,
    channel: Channel | None = None,
    currency: str = "XXX",
    country: str | None = None,
) -> Transaction:
    return Transaction(
        schema_version="1.0",
        txn_id="example",
        user_id="example",
        account_id="example",
        occurred_at=_EXAMPLE_DAY,
        amount=amount,
        currency=currency,
        description=description,
        mcc=mcc,
        channel=channel,
        country=country,
    )
