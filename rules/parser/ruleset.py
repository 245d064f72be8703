"""Ruleset: the YAML text of a rule set, read to values; every piece of nonsense is refused with its line."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import yaml

from rules.condition import Condition
from rules.errors import RulesetError
from rules.parser.condition import read_condition
from rules.parser.yaml_reader import Document
from rules.ruleset import CrosswalkUse, Example, Rule, Ruleset
from schemas.events.candidate import ExplanationKind
from schemas.events.transaction import Channel, Transaction, find_fault
from schemas.taxonomy import Category

CROSSWALKS: Final = frozenset({"known_brands", "brands", "brand_words", "mcc", "vague_mcc"})
MIN_PRIORITY, MAX_PRIORITY = 0, 1_000
_TOP: Final = frozenset({"name", "version", "crosswalks", "rules", "examples"})
_RULE: Final = frozenset({"id", "category", "when", "confidence", "priority", "override", "note", "kind", "examples"})
_EXAMPLE: Final = frozenset({"description", "amount", "mcc", "channel", "currency", "country", "expect"})
_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}").fullmatch
_VERSION = re.compile(r"[0-9]+\.[0-9]+").fullmatch
_NOTHING: Final = "nothing"
_EXAMPLE_DAY: Final = datetime(2024, 5, 15, 12, tzinfo=UTC)


def parse_ruleset(text: str, *, file: str) -> Ruleset:
    """Return the rule set; ``file`` is what faults call it. Raises RulesetError with every fault."""
    document = Document(file)
    root = document.compose(text)
    if root is None:
        raise RulesetError(document.faults)
    values = document.mapping(root, _TOP)
    for key in ("name", "version", "rules"):
        if key not in values and isinstance(root, yaml.MappingNode):
            document.fault(root, f"{key!r} is missing")
    rules: list[Rule] = []
    examples: list[Example] = []
    lines: dict[str, int] = {}
    for node in document.items(values["rules"]) if "rules" in values else ():
        rule = _read_rule(document, node, examples)
        if rule is None:
            continue
        if rule.rule_id in lines:
            document.fault(node, f"rule {rule.rule_id!r} stands in line {lines[rule.rule_id]} already")
        lines[rule.rule_id] = rule.line
        rules.append(rule)
    for node in document.items(values["examples"]) if "examples" in values else ():
        example = _read_example(document, node)
        if example is not None:
            examples.append(example)
    ruleset = Ruleset(
        name=_matching(document, values.get("name"), _NAME, "a name of small letters, digits and '-'"),
        version=_matching(document, values.get("version"), _VERSION, "a version such as 1.0"),
        rules=tuple(rules),
        examples=tuple(examples),
        crosswalks=_read_crosswalks(document, values.get("crosswalks")),
    )
    if document.faults:
        raise RulesetError(sorted(document.faults, key=lambda fault: fault.line))
    return ruleset


def _matching(document: Document, node: yaml.Node | None, matches: Callable[[str], object], what: str) -> str:
    if node is None:
        return ""
    text = document.text(node)
    if not matches(text):
        document.fault(node, f"expected {what}")
    return text


def _read_crosswalks(document: Document, node: yaml.Node | None) -> dict[str, CrosswalkUse]:
    uses: dict[str, CrosswalkUse] = {}
    if node is None:
        return uses
    for name, value in document.mapping(node, CROSSWALKS).items():
        fields = document.mapping(value, frozenset({"priority", "confidence"}))
        priority, confidence = _strength(document, fields)
        uses[name] = CrosswalkUse(priority=priority, confidence=confidence)
    return uses


def _strength(document: Document, fields: dict[str, yaml.Node]) -> tuple[int, float]:
    priority = fields.get("priority")
    confidence = fields.get("confidence")
    order = None if priority is None else document.number(priority, lowest=MIN_PRIORITY, highest=MAX_PRIORITY)
    if priority is not None and order is not None and order != int(order):
        document.fault(priority, "expected a whole number")
    sure = None if confidence is None else document.number(confidence, lowest=0.0, highest=1.0)
    return int(order or 0), 0.9 if sure is None else sure


def _read_rule(document: Document, node: yaml.Node, examples: list[Example]) -> Rule | None:
    fields = document.mapping(node, _RULE)
    rule_id = _matching(document, fields.get("id"), _NAME, "an id of small letters, digits and '-'")
    category = None if "category" not in fields else _read_category(document, fields["category"])
    condition: Condition | None = None if "when" not in fields else read_condition(document, fields["when"])
    for key in ("id", "category", "when"):
        if key not in fields and isinstance(node, yaml.MappingNode):
            document.fault(node, f"a rule needs {key!r}")
    priority, confidence = _strength(document, fields)
    kind = ExplanationKind.WORD
    if "kind" in fields:
        text = document.text(fields["kind"])
        if text in set(ExplanationKind):
            kind = ExplanationKind(text)
        else:
            document.fault(fields["kind"], f"expected one of {', '.join(ExplanationKind)}")
    if category is None or condition is None or not rule_id:
        return None
    if "examples" in fields:
        examples.extend(
            Example(_example_transaction(document.text(item)), category, item.start_mark.line + 1)
            for item in document.items(fields["examples"])
        )
    return Rule(
        rule_id=rule_id,
        category=category,
        condition=condition,
        confidence=confidence,
        priority=priority,
        override="override" in fields and document.truth(fields["override"]),
        note=document.text(fields["note"]) if "note" in fields else None,
        kind=kind,
        line=node.start_mark.line + 1,
    )


def _read_category(document: Document, node: yaml.Node) -> Category | None:
    text = document.text(node)
    if text in set(Category):
        return Category(text)
    document.fault(node, f"{text!r} is no category; known: {', '.join(Category)}")
    return None


def _read_example(document: Document, node: yaml.Node) -> Example | None:
    fields = document.mapping(node, _EXAMPLE)
    if "description" not in fields or "expect" not in fields:
        document.fault(node, "an example needs 'description' and 'expect' (a category, or 'nothing')")
        return None
    texts = {key: document.text(value) for key, value in fields.items()}
    if "channel" in texts and texts["channel"] not in set(Channel):
        document.fault(fields["channel"], f"{texts['channel']!r} is no channel")
        return None
    transaction = _example_transaction(
        texts["description"],
        amount=texts.get("amount", "-10.00"),
        mcc=texts.get("mcc"),
        channel=Channel(texts["channel"]) if "channel" in texts else None,
        currency=texts.get("currency", "XXX"),
        country=texts.get("country"),
    )
    fault = find_fault(transaction)
    if fault is not None:
        document.fault(node, fault.detail)
        return None
    nothing = texts["expect"] == _NOTHING
    expected = None if nothing else _read_category(document, fields["expect"])
    return None if expected is None and not nothing else Example(transaction, expected, node.start_mark.line + 1)


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
