"""Overrides: what a rollout record says of categories in place of its releases: thresholds, floors and mutes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from schemas.hash_chain import hash_bytes
from schemas.taxonomy import Category

Share = Annotated[float, Meta(ge=0.0, le=1.0)]


class Override(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What holds for one category in every release that the record names.

    ``threshold`` takes the place of the release's own, ``floor`` lifts what is below it, and of a muted category no
    model's answer is served. ``rule_floor`` takes the place of the releases' own: how probable the model must find the
    category for a rule's answer of it to be served, 0 for any.
    """

    threshold: Share | None = None
    floor: Share | None = None
    muted: bool = False
    rule_floor: Share | None = None


NO_OVERRIDES: Final[Mapping[Category, Override]] = MappingProxyType({})


def hash_overrides(overrides: Mapping[Category, Override]) -> str | None:
    """Return the SHA-256 of the canonical JSON of the map, None where nothing is overridden."""
    if not overrides:
        return None
    return hash_bytes(msgspec.json.encode(dict(overrides), order="deterministic"))


def overrides_error(overrides: Mapping[Category, Override]) -> str | None:
    """Return what no command of ours would have written, None where there is nothing."""
    for category, override in overrides.items():
        if override == Override():
            return f"the override of {category} says nothing"
        if override.muted and override.threshold is not None:
            return f"the override of {category} mutes it and gives it a threshold"
    return None


def in_words(overrides: Mapping[Category, Override]) -> str:
    """Return the overrides in one line, in the order of their names; empty where there are none."""
    return ", ".join(f"{category} {_words(overrides[category])}" for category in sorted(overrides))


def _words(override: Override) -> str:
    parts = [] if override.threshold is None else [f"threshold {override.threshold:g}"]
    parts += [] if override.floor is None else [f"floor {override.floor:g}"]
    parts += [] if override.rule_floor is None else [f"rule floor {override.rule_floor:g}"]
    return " and ".join(parts + (["muted"] if override.muted else []))
