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
    Flow,
    InCountry,
    InCurrency,
    Mcc,
    Not,
    OnAccount,
    OnChannel,
    OnDay,
    OnWeekday,
    Sign,
    TextKind,
)
from rules.parser.text_condition import read_text
from rules.parser.yaml_reader import Document
from schemas.events.transaction import Channel

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MAX_DEPTH: Final = 20
_MCC = re.compile(r"([0-9]{4})(?:\s*-\s*([0-9]{4}))?").fullmatch
_DAYS = re.compile(r"([0-9]{1,2})(?:\s*-\s*([0-9]{1,2}))?").fullmatch

_Choice = TypeVar("_Choice")


def read_condition(document: Document, node: yaml.Node, *, depth: int = 0) -> Condition | None:
    """Return the condition of a ``when`` mapping (its keys all hold), None (and a fault) where it asks nothing."""
    if depth > _MAX_DEPTH:
        document.fault(node, f"conditions stand more than {_MAX_DEPTH} deep")
        return None
    values = document.mapping(node, _KEYS)
    parts: list[Condition] = []
    for key, value in values.items():
        part = _read_part(document, key, value, depth)
        if part is not None:
            parts.append(part)
    if not values and isinstance(node, yaml.MappingNode):
        document.fault(node, "a condition that asks nothing would hold for every transaction")
    return None if not parts else parts[0] if len(parts) == 1 else All(tuple(parts))


def _read_part(document: Document, key: str, node: yaml.Node, depth: int) -> Condition | None:
    if key in _NESTED:
        parts = [read_condition(document, item, depth=depth + 1) for item in document.items(node)]
        known = tuple(part for part in parts if part is not None)
        if not known:
            return None
        if key == "not":
            return Not(known[0] if len(known) == 1 else AnyOf(known))
        return All(known) if key == "all" else AnyOf(known)
    return _READERS[key](document, node)


def _mcc(document: Document, node: yaml.Node) -> Condition | None:
    codes: set[str] = set()
    for text, item in document.texts(node):
        match = _MCC(text)
        if match is None or (match[2] or match[1]) < match[1]:
            document.fault(item, f"{text!r} is no code of four digits and no range of two, such as 5812-5814")
            continue
        codes.update(f"{code:04}" for code in range(int(match[1]), int(match[2] or match[1]) + 1))
    return Mcc(frozenset(codes)) if codes else None


def _amount(document: Document, node: yaml.Node) -> Condition | None:
    values = document.mapping(node, frozenset({"min", "max", "sign"}))
    minimum, maximum = (_decimal(document, values.get(key)) for key in ("min", "max"))
    parts: list[Condition] = []
    if minimum is not None or maximum is not None:
        if minimum is not None and maximum is not None and minimum > maximum:
            document.fault(node, f"no amount is at least {minimum} and at most {maximum}; outflow is negative")
        parts.append(Amount(minimum, maximum))
    if (sign := values.get("sign")) is not None:
        if document.text(sign) in set(Sign):
            parts.append(Flow(Sign(document.text(sign))))
        else:
            document.fault(sign, "expected outflow or inflow")
    return None if not parts else parts[0] if len(parts) == 1 else All(tuple(parts))


def _decimal(document: Document, node: yaml.Node | None) -> Decimal | None:
    if node is None:
        return None
    try:
        number = Decimal(document.text(node))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        document.fault(node, "expected a decimal such as -12.50")
        return None
    return number


def _channel(document: Document, node: yaml.Node) -> Condition | None:
    known = {channel.value: channel for channel in Channel}
    found = _chosen(document, node, known, "channel")
    return OnChannel(frozenset(found)) if found else None


def _weekday(document: Document, node: yaml.Node) -> Condition | None:
    found = _chosen(document, node, {name: day for day, name in enumerate(WEEKDAYS)}, "weekday")
    return OnWeekday(frozenset(found)) if found else None


def _chosen(document: Document, node: yaml.Node, known: dict[str, _Choice], what: str) -> list[_Choice]:
    found: list[_Choice] = []
    for text, item in document.texts(node):
        if text in known:
            found.append(known[text])
        else:
            document.fault(item, f"{text!r} is no {what}; known: {', '.join(known)}")
    return found


def _codes(
    letters: int, make: Callable[[frozenset[str]], Condition]
) -> Callable[[Document, yaml.Node], Condition | None]:
    def read(document: Document, node: yaml.Node) -> Condition | None:
        codes: set[str] = set()
        for text, item in document.texts(node):
            if len(text) == letters and text.isascii() and text.isalpha() and text.isupper():
                codes.add(text)
            else:
                document.fault(item, f"{text!r} is no code of {letters} capital letters")
        return make(frozenset(codes)) if codes else None

    return read


def _account(document: Document, node: yaml.Node) -> Condition | None:
    accounts = frozenset(text for text, _ in document.texts(node))
    return OnAccount(accounts) if accounts else None


def _day(document: Document, node: yaml.Node) -> Condition | None:
    days: set[int] = set()
    for text, item in document.texts(node):
        match = _DAYS(text)
        first, last = (int(match[1]), int(match[2] or match[1])) if match is not None else (0, 0)
        if 1 <= first <= last <= 31:
            days.update(range(first, last + 1))
        else:
            document.fault(item, f"{text!r} is no day of the month and no range of two, such as 1-5")
    return OnDay(frozenset(days)) if days else None


_NESTED: Final = frozenset({"all", "any", "not"})
_READERS: Final[dict[str, Callable[[Document, yaml.Node], Condition | None]]] = {
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
