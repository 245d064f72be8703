"""Differences: what a replay counts; pure, and without a record's content."""

from collections import Counter
from collections.abc import Iterable
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from ops.replay.score import Again
from ops.replay.window import AMISS, LeftOut
from schemas.events.comparison import Acceptance, Comparison, Role
from schemas.events.suggestion import Suggestion

MAX_NAMED: Final = 10  # events that are named, for whoever looks after them
NO_CATEGORY: Final = "none"

Event = TypeVar("Event", Suggestion, Comparison)
_encode: Final = msgspec.json.Encoder().encode


class Identity(Struct):
    """Whether the events are those that were written: bit for bit, but for the wall clock's fields."""

    identical: int = 0
    differing: int = 0
    fields: Counter[str] = msgspec.field(default_factory=Counter)  # a record counts in each field that differs
    event_ids: list[str] = msgspec.field(default_factory=list)  # the first that differ

    def add(self, again: Again) -> None:
        """Count one record."""
        fields = differing_fields(again)
        if not fields:
            self.identical += 1
            return
        self.differing += 1
        self.fields.update(fields)
        if len(self.event_ids) < MAX_NAMED:
            self.event_ids.append(again.past.suggestion.event_id)


class Side(Struct):
    """What was served, before or after: by source, and what the canary's model accepted of what it was asked."""

    sources: Counter[str] = msgspec.field(default_factory=Counter)
    asked: int = 0
    accepted: int = 0

    @property
    def coverage(self) -> float | None:
        """Accepted over asked, None where nothing was asked."""
        return self.accepted / self.asked if self.asked else None

    def add(self, suggestion: Suggestion, comparison: Comparison) -> None:
        """Count one record's events."""
        self.sources[suggestion.source.value] += 1
        for answer in comparison.answers:
            if answer.role is Role.CHALLENGER and answer.acceptance is not Acceptance.NOT_ASKED:
                self.asked += 1
                self.accepted += answer.acceptance is Acceptance.ACCEPTED


class WhatIf(Struct):
    """How what is served would differ; pairs are (before, after)."""

    same: int = 0
    changed: int = 0
    refused: int = 0  # would become a dead letter
    by_source: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    by_category: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    before: Side = msgspec.field(default_factory=Side)
    after: Side = msgspec.field(default_factory=Side)

    def add(self, again: Again) -> None:
        """Count one record."""
        written, suggestion, comparison = again.past, again.suggestion, again.comparison
        if suggestion is None or comparison is None:
            self.refused += 1
            return
        self.before.add(written.suggestion, written.comparison)
        self.after.add(suggestion, comparison)
        if suggestion.category is written.suggestion.category:
            self.same += 1
            return
        self.changed += 1
        self.by_source[written.suggestion.source.value, suggestion.source.value] += 1
        self.by_category[_named(written.suggestion), _named(suggestion)] += 1


def differing_fields(again: Again) -> list[str]:
    """Return the fields whose bytes differ, as ``suggestion.confidence``; the wall clock's are not looked at."""
    if again.suggestion is None or again.comparison is None:
        return ["it became a dead letter"]
    past, suggestion, comparison = again.past, again.suggestion, again.comparison
    replace = msgspec.structs.replace
    return _differing(
        replace(past.suggestion, suggested_at=suggestion.suggested_at), suggestion, name="suggestion"
    ) + _differing(
        replace(past.comparison, compared_at=comparison.compared_at, scored_in_us=comparison.scored_in_us),
        comparison,
        name="comparison",
    )


def amiss(left_out: Counter[LeftOut]) -> int:
    """Return how many of the left out are so because the window and its events do not fit each other."""
    return sum(left_out[reason] for reason in AMISS)


def listed(pairs: Counter[tuple[str, str]]) -> list[dict[str, str | int]]:
    """Return the pairs, the most frequent first, then by name."""
    ordered: Iterable[tuple[tuple[str, str], int]] = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return [{"before": before, "after": after, "records": count} for (before, after), count in ordered]


def _differing(before: Event, after: Event, *, name: str) -> list[str]:
    if _encode(before) == _encode(after):
        return []
    return [
        f"{name}.{field}"
        for field in before.__struct_fields__
        if _encode(getattr(before, field)) != _encode(getattr(after, field))
    ]


def _named(suggestion: Suggestion) -> str:
    return NO_CATEGORY if suggestion.category is None else suggestion.category.value
