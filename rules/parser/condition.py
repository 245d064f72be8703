"""Condition: the condition of a rule, read from its YAML."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar

import yaml

from rules.condition import (
    All,
    Amount,
    AnyOf,
    Condition,
    InCountry,
    InCurrency,
    InDirection,
    Mcc,
    MoneyDirection,
    Not,
    OnAccount,
    OnChannel,
    OnDay,
    OnWeekday,
    TextKind,
)
from rules.parser.text_condition import read_text
from rules.parser.yaml_reader import YamlReader
from schemas.events.transaction import Channel

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MAX_DEPTH: Final = 20
_MCC = re.compile(r"([0-9]{4})(?:\s*-\s*([0-9]{4}))?").fullmatch
_DAYS = re.compile(r"([0-9]{1,2})(?:\s*-\s*([0-9]{1,2}))?").fullmatch

_Choice = TypeVar("_Choice")


def read_condition(reader: YamlReader, node: yaml.Node, *, depth: int = 0) -> Condition | None:
    """Return the condition of a ``when`` mapping (its keys all hold), None (and a fault) where it asks nothing."""
    if depth > _MAX_DEPTH:
        reader.add_issue(node, f"conditions stand more than {_MAX_DEPTH} deep")
        return None
    values = reader.mapping(node, _KEYS)
    parts: list[Condition] = []
    for key, value in values.items():
        part = _read_part(reader, key, value, depth)
        if part is not None:
            parts.append(part)
    if not values and isinstance(node, yaml.MappingNode):
        reader.add_issue(node, "a condition that asks nothing would hold for every transaction")
    return None if not parts else parts[0] if len(parts) == 1 else All(tuple(parts))


def _read_part(reader: YamlReader, key: str, node: yaml.Node, depth: int) -> Condition | None:
    if key in _NESTED:
        parts = [read_condition(reader, item, depth=depth + 1) for item in reader.items(node)]
        known = tuple(part for part in parts if part is not None)
        if not known:
            return None
        if key == "not":
            return Not(known[0] if len(known) == 1 else AnyOf(known))
        return All(known) if key == "all" else AnyOf(known)
    return _READERS[key](reader, node)


def _mcc(reader: YamlReader, node: yaml.Node) -> Condition | None:
    codes: set[str] = set()
    for text, item in reader.strings(node):
        match = _MCC(text)
        if match is None or (match[2] or match[1]) < match[1]:
            reader.add_issue(item, f"{text!r} is no code of four digits and no range of two, such as 5812-5814")
            continue
        codes.update(f"{code:04}" for code in range(int(match[1]), int(match[2] or match[1]) + 1))
    return Mcc(frozenset(codes)) if codes else None


def _amount(reader: YamlReader, node: yaml.Node) -> Condition | None:
    values = reader.mapping(node, frozenset({"min", "max", "sign"}))
    minimum, maximum = (_decimal(reader, values.get(key)) for key in ("min", "max"))
    parts: list[Condition] = []
    if minimum is not None or maximum is not None:
        if minimum is not None and maximum is not None and minimum > maximum:
            reader.add_issue(node, f"no amount is at least {minimum} and at most {maximum}; outflow is negative")
        parts.append(Amount(minimum, maximum))
    if (sign := values.get("sign")) is not None:
        if reader.string(sign) in set(MoneyDirection):
            parts.append(InDirection(MoneyDirection(reader.string(sign))))
        else:
            reader.add_issue(sign, "expected outflow or inflow")
    return None if not parts else parts[0] if len(parts) == 1 else All(tuple(parts))


def _decimal(reader: YamlReader, node: yaml.Node | None) -> Decimal | None:
    if node is None:
        return None
    try:
        number = Decimal(reader.string(node))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        reader.add_issue(node, "expected a decimal such as -12.50")
        return None
    return number


def _channel(reader: YamlReader, node: yaml.Node) -> Condition | None:
    known = {channel.value: channel for channel in Channel}
    found = _chosen(reader, node, known, "channel")
    return OnChannel(frozenset(found)) if found else None


def _weekday(reader: YamlReader, node: yaml.Node) -> Condition | None:
    found = _chosen(reader, node, {name: day for day, name in enumerate(WEEKDAYS)}, "weekday")
    return OnWeekday(frozenset(found)) if found else None


def _chosen(reader: YamlReader, node: yaml.Node, known: dict[str, _Choice], what: str) -> list[_Choice]:
    found: list[_Choice] = []
    for text, item in reader.strings(node):
        if text in known:
            found.append(known[text])
        else:
            reader.add_issue(item, f"{text!r} is no {what}; known: {', '.join(known)}")
    return found


def _codes(
    letters: int, make: Callable[[frozenset[str]], Condition]
) -> Callable[[YamlReader, yaml.Node], Condition | None]:
    def read(reader: YamlReader, node: yaml.Node) -> Condition | None:
        codes: set[str] = set()
        for text, item in reader.strings(node):
            if len(text) == letters and text.isascii() and text.isalpha() and text.isupper():
                codes.add(text)
            else:
                reader.add_issue(item, f"{text!r} is no code of {letters} capital letters")
        return make(frozenset(codes)) if codes else None

    return read


def _account(reader: YamlReader, node: yaml.Node) -> Condition | None:
    accounts = frozenset(text for text, _ in reader.strings(node))
    return OnAccount(accounts) if accounts else None


def _day(reader: YamlReader, node: yaml.Node) -> Condition | None:
    days: set[int] = set()
    for text, item in reader.strings(node):
        match = _DAYS(text)
        first, last = (int(match[1]), int(match[2] or match[1])) if match is not None else (0, 0)
        if 1 <= first <= last <= 31:
            days.update(range(first, last + 1))
        else:
            reader.add_issue(item, f"{text!r} is no day of the month and no range of two, such as 1-5")
    return OnDay(frozenset(days)) if days else None


_NESTED: Final = frozenset({"all", "any", "not"})
_READERS: Final[dict[str, Callable[[YamlReader, yaml.Node], Condition | None]]] = {
    **{kind.value: read_text(kind) for kind in TextKind},
    "mcc": _mcc,
    "amount": _amount,
    "channel": _channel,
    "currency": _codes(3, InCurrency),
    "country": _codes(2, InCountry),
    "account": _account,
    "weekday": _weekday,
    "day": _day,
}
_KEYS: Final = _NESTED | _READERS.keys()
