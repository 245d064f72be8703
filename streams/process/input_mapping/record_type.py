"""Record type: a decoder of no more than what a mapping reads, and a function that gathers the values at its paths."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec
from msgspec import Raw

from streams.process.input_mapping.path import RecordPath

Values = tuple[Any, ...]  # of JSON; an amount is the bytes that it was written with, since a float is none
Gather = Callable[[object], Values]
ABSENT_AMOUNT: Final = Raw()


class _Node:
    """One place in the tree of all paths."""

    def __init__(self) -> None:
        self.names: dict[str, _Node] = {}
        self.items: _Node | None = None
        self.is_leaf = False
        self.is_money = False

    def child(self, part: str | int) -> "_Node":
        if isinstance(part, int):
            self.items = self.items or _Node()
            return self.items
        return self.names.setdefault(part, _Node())

    def field_name(self, name: str) -> str:
        return f"f{list(self.names).index(name)}"

    def check(self, path: str) -> None:
        if self.is_leaf + bool(self.names) + (self.items is not None) > 1:
            raise ValueError(f"{path}: one path ends where another goes on, or reads an object as a list")

    def type_and_default(self) -> tuple[Any, Any]:
        if self.is_money:
            return Raw, ABSENT_AMOUNT
        if self.is_leaf:
            return Any, None
        if self.items is not None:
            return list[self.items.type_and_default()[0]] | None, None  # type: ignore[misc]
        record = self.struct()
        return record | None, record()

    def struct(self) -> Any:
        fields = [(self.field_name(name), *child.type_and_default()) for name, child in self.names.items()]
        rename = {self.field_name(name): name for name in self.names}
        return msgspec.defstruct("MappedRecord", fields, rename=rename, frozen=True, gc=False)


def build_decoder(paths: Sequence[RecordPath], money: Iterable[str]) -> tuple[Callable[[bytes], Any], Gather]:
    """Return a decoder of the values at ``paths`` and what gathers them, in this order; raises ValueError.

    ``money`` are the texts of the paths that lead to amounts; paths with items of lists stand behind the others. What
    no path names is skipped unread.
    """
    root = _Node()
    amounts = frozenset(money)
    for path in paths:
        node = root
        for part in path.parts:
            node = node.child(part)
        node.is_leaf = True
        node.is_money = node.is_money or path.text in amounts
    for path in paths:
        node = root
        for part in path.parts:
            node = node.child(part)
            node.check(path.text)
    return msgspec.json.Decoder(root.struct()).decode, _gatherer(root, paths)


def _gatherer(root: _Node, paths: Sequence[RecordPath]) -> Gather:
    getters = [_getter(_steps(root, path)) for path in paths]
    named = sum(not path.has_items for path in paths)  # these stand first
    if named < 2:
        return lambda record: tuple([get(record) for get in getters])
    at_once = attrgetter(*(".".join(map(str, _steps(root, path))) for path in paths[:named]))
    others = getters[named:]

    def gather(record: object) -> Values:
        try:
            values: Values = at_once(record)
        except AttributeError:  # an object on the way is null
            return tuple([get(record) for get in getters])
        return (*values, *[get(record) for get in others]) if others else values

    return gather


def _steps(root: _Node, path: RecordPath) -> list[str | int]:
    steps: list[str | int] = []
    node = root
    for part in path.parts:
        steps.append(node.field_name(part) if isinstance(part, str) else part)
        node = node.child(part)
    return steps


def _getter(steps: Sequence[str | int]) -> Callable[[object], Any]:
    def get(record: Any) -> Any:
        for step in steps:
            if record is None:
                return None
            if isinstance(step, str):
                record = getattr(record, step)
            elif step < len(record):
                record = record[step]
            else:
                return None
        return record

    return get
