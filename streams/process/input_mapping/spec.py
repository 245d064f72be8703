"""Spec: what a mapping file says, as values; the compiler makes functions of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from schemas.events.skip_reason import SkipReason
from streams.process.input_mapping.path import RecordPath

REQUIRED: Final = ("txn_id", "user_id", "account_id", "occurred_at", "amount", "currency", "description")
OPTIONAL: Final = ("merchant", "mcc", "country", "channel")


@dataclass(frozen=True, slots=True)
class TextSpec:
    """A text: the first of ``sources`` that is there, or all of them joined; else ``default``, which may be constant.

    ``values`` translates; what it does not name becomes ``unknown`` where ``has_unknown``, else a fault, or nothing for
    an optional field.
    """

    target: str
    sources: tuple[RecordPath, ...] = ()
    is_joined: bool = False
    default: str | None = None
    values: Mapping[str, str | None] | None = None
    unknown: str | None = None
    has_unknown: bool = False
    is_upper: bool = False


@dataclass(frozen=True, slots=True)
class SignSpec:
    """Which way money goes: by ``positive_is_out`` for all records, or by what stands at ``source``.

    With ``is_unsigned`` the amounts themselves have no sign.
    """

    positive_is_out: bool = True
    source: RecordPath | None = None
    out: frozenset[str] = frozenset()
    into: frozenset[str] = frozenset()
    is_unsigned: bool = False


@dataclass(frozen=True, slots=True)
class MoneySpec:
    """An amount; ``minor_units`` gives the digits after the point by currency, None where amounts have a point."""

    source: RecordPath
    sign: SignSpec
    minor_units: Mapping[str, int] | int | None = None


@dataclass(frozen=True, slots=True)
class TimeSpec:
    """A time: ``form`` is iso, date, epoch_s, epoch_ms or a pattern with %; ``zone`` where a text has no offset."""

    sources: tuple[RecordPath, ...]
    form: str
    zone: str


@dataclass(frozen=True, slots=True)
class SkipSpec:
    """One condition that leaves a record out; values are compared as text, ``wants_missing`` asks for absence."""

    reason: SkipReason
    source: RecordPath
    kind: Literal["is", "is_not", "missing", "present"]
    values: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MappingSpec:
    """A whole file; ``key`` is the field or path that a record's key must equal, None for any key."""

    name: str
    texts: Mapping[str, TextSpec]
    money: MoneySpec
    time: TimeSpec
    skips: tuple[SkipSpec, ...]
    key: str | RecordPath | None

    def paths(self) -> dict[str, RecordPath]:
        """Return every path once, by its text."""
        found = [path for text in self.texts.values() for path in text.sources]
        found += [self.money.source, *self.time.sources, *(skip.source for skip in self.skips)]
        found += [path for path in (self.money.sign.source, self.key) if isinstance(path, RecordPath)]
        return {path.text: path for path in found}

    def sources_of(self, target: str) -> tuple[RecordPath, ...]:
        """Return the paths that a field is read from, none for a constant."""
        match target:
            case "amount":
                return (self.money.source,)
            case "occurred_at":
                return self.time.sources
            case _:
                return self.texts[target].sources if target in self.texts else ()
