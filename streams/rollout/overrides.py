"""Overrides: how one rollout record's overrides become the next one's, and what is refused on the way."""

import difflib
import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from schemas.events.overrides import Override
from schemas.taxonomy import CATEGORIES, Category
from schemas.taxonomy.definition import EVERY
from scorer.errors import ThresholdsError
from scorer.model.threshold_setting import parse_override
from streams.errors import SettingsError
from streams.settings import SuggestSettings

EVERY_CATEGORY: Final = EVERY  # in place of a category's name, of rule floors
_NAMES: Final = {category.value: category for category in CATEGORIES}


class OverridesChange(Struct, frozen=True, kw_only=True):
    """What is set (a number or true) and what is taken back (None or false), by category."""

    thresholds: Mapping[Category, float | None] = {}
    floors: Mapping[Category, float | None] = {}
    rule_floors: Mapping[Category, float | None] = {}
    mutes: Mapping[Category, bool] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.thresholds or self.floors or self.rule_floors or self.mutes)


def read_change(
    *,
    threshold: Sequence[str] = (),
    no_threshold: Sequence[str] = (),
    floor: Sequence[str] = (),
    no_floor: Sequence[str] = (),
    rule_floor: Sequence[str] = (),
    no_rule_floor: Sequence[str] = (),
    mute: Sequence[str] = (),
    unmute: Sequence[str] = (),
) -> OverridesChange:
    """Read the options of a command, each as often as it was given; raises SettingsError on nonsense."""
    return OverridesChange(
        thresholds=_numbers("--threshold", threshold) | _taken_back("--no-threshold", no_threshold, threshold),
        floors=_numbers("--floor", floor) | _taken_back("--no-floor", no_floor, floor),
        rule_floors=_numbers("--rule-floor", _of_every_category(rule_floor))
        | _taken_back("--no-rule-floor", _of_every_category(no_rule_floor), rule_floor),
        mutes=dict.fromkeys(_categories("--mute", mute), True)
        | dict.fromkeys(_categories("--unmute", unmute, besides=mute), False),
    )


def first_overrides(suggest: SuggestSettings) -> dict[Category, Override]:
    """Return what SUGGEST_THRESHOLDS_JSON gives record 0; raises SettingsError on nonsense."""
    try:
        return parse_override(suggest.thresholds_json)
    except ThresholdsError as error:
        raise SettingsError(str(error)) from error


def changed(before: Mapping[Category, Override], change: OverridesChange) -> dict[Category, Override]:
    """Return the overrides that follow; raises SettingsError where there is nothing to take back, or to change."""
    after = dict(before)
    for category, is_muted in change.mutes.items():
        if _of(after, category).muted == is_muted:
            already = "muted already" if is_muted else "not muted"
            raise SettingsError(f"{category} is {already} by the rollout record in force")
        after[category] = msgspec.structs.replace(_of(after, category), muted=is_muted)
    numbers = {"threshold": change.thresholds, "floor": change.floors, "rule_floor": change.rule_floors}
    for name, values in numbers.items():
        for category, value in values.items():
            if getattr(_of(after, category), name) == value:
                word = name.replace("_", " ")
                says = f"no {word} for {category}" if value is None else f"{word} {value:g} for {category} already"
                raise SettingsError(f"the rollout record in force has {says}")
            after[category] = msgspec.structs.replace(_of(after, category), **{name: value})
    for category in change.thresholds.keys() | change.mutes.keys():
        if _of(after, category).muted and _of(after, category).threshold is not None:
            raise SettingsError(
                f"{category} cannot be muted and have a threshold: --unmute {category} or --no-threshold {category} "
                "takes one of them back"
            )
    return {category: override for category, override in after.items() if override != Override()}


def _of(overrides: Mapping[Category, Override], category: Category) -> Override:
    return overrides.get(category, Override())


def _numbers(option: str, texts: Sequence[str]) -> dict[Category, float | None]:
    found: dict[Category, float | None] = {}
    for text in texts:
        name, equals, number = text.rpartition("=")
        if not equals:
            raise SettingsError(f"{option} {text}: give a category and a number, such as {CATEGORIES[1]}=0.9")
        (category,) = _categories(option, [name])
        if category in found:
            raise SettingsError(f"{option}: {category} stands there twice")
        found[category] = _share(option, category, number)
    return found


def _of_every_category(texts: Sequence[str]) -> list[str]:
    """Return the texts with ``all`` or ``all=0.5`` said of each category by its name."""
    found: list[str] = []
    for text in texts:
        name, equals, number = text.partition("=")
        found += [f"{each}{equals}{number}" for each in _NAMES] if name.strip() == EVERY_CATEGORY else [text]
    return found


def _share(option: str, category: Category, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= 1.0:
        raise SettingsError(f"{option} {category}={text}: give a number from 0 to 1 (--mute {category} silences it)")
    return abs(value)  # a zero has no sign


def _taken_back(option: str, texts: Sequence[str], given: Sequence[str]) -> dict[Category, float | None]:
    besides = [text.rpartition("=")[0] for text in given]
    return dict.fromkeys(_categories(option, texts, besides=besides), None)


def _categories(option: str, names: Sequence[str], *, besides: Sequence[str] = ()) -> list[Category]:
    found: list[Category] = []
    for name in map(str.strip, names):
        if name not in _NAMES:
            close = difflib.get_close_matches(name, _NAMES, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(_NAMES)}"
            raise SettingsError(f"{option}: {name!r} is no category; {hint}")
        if _NAMES[name] in found or name in map(str.strip, besides):
            raise SettingsError(f"{option}: {name} is given twice")
        found.append(_NAMES[name])
    return found
