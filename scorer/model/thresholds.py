"""Thresholds: how sure the model must be of each category before its answer may be served."""

from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from schemas.events.overrides import Override
from schemas.taxonomy import CATEGORIES, Category
from scorer.model.rule_floor import RuleFloor
from scorer.model.threshold_setting import MUTED

_ADDED: Final = ("confidence", "shared", "everything", "rule_floor")  # since the first version


def lowest_bars(fragments: float) -> npt.NDArray[np.float64]:
    """Return the bar below which no answer is accepted, float64 by ``scorer.model.known_words.WordingEvidence``."""
    return np.array((MUTED, fragments, 0.0))


class Threshold(Struct, frozen=True, kw_only=True):
    """One category's bar and the evidence for it; ``precision`` and ``bound`` are None where nothing was measured.

    ``unknown`` is the bar of merchants without a history, None where theirs is the same.
    """

    value: float
    unknown: float | None = None
    precision: float | None = None
    bound: float | None = None
    rows: int = 0
    merchants: int = 0
    note: str = ""


class Thresholds(Struct, frozen=True, kw_only=True):
    """A bar for every category; ``wanted_precision`` is what they were set for.

    ``unknown`` is the evidence for the bar of merchants without a history, ``fragments`` the bar of wordings of which
    parts of words are known and no word. One of which nothing is known reaches no bar. ``rule_floor`` is None in a
    release of an earlier version, and where the rules were not asked: it doubts no rule. ``confidence`` is that of each
    category's bound, one-sided; ``shared`` is the evidence for the bar of the categories that prove none alone, and
    ``everything`` that for all of the model's answers together, each merchant's under bars that others chose. These
    three are None in a release of an earlier version, whose bounds do not hold over the choice of the bar.
    """

    wanted_precision: float
    confidence: float | None = None
    design_effect: float = 1.0
    by_category: dict[Category, Threshold]
    unknown: Threshold | None = None
    shared: Threshold | None = None
    everything: Threshold | None = None
    fragments: float = MUTED
    rule_floor: RuleFloor | None = None

    def values(self) -> npt.NDArray[np.float64]:
        """Return the bars of merchants with a history, float64 [categories] in class order; one without is muted."""
        bars = (self.by_category.get(category) for category in CATEGORIES)
        return np.array([MUTED if bar is None else bar.value for bar in bars], dtype=np.float64)

    def of_rows(self, is_known: npt.NDArray[np.bool_], evidence: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        """Return the bars float64 [rows, categories] by whether each row's merchant has a history, and its evidence.

        Both are as ``scorer.model.calibration.RawScores`` has them.
        """
        known = self.values()
        bars = (self.by_category.get(category) for category in CATEGORIES)
        unknown = [
            own if bar is None or bar.unknown is None else bar.unknown for own, bar in zip(known, bars, strict=True)
        ]
        found = np.where(is_known[:, None], known, np.array(unknown, dtype=np.float64))
        return np.maximum(found, lowest_bars(self.fragments)[evidence][:, None])

    def overridden(self, overrides: Mapping[Category, Override], *, note: str = "") -> "Thresholds":
        """Return the thresholds with ``overrides`` in force; a threshold among them holds for every merchant alike."""
        bars = dict(self.by_category)
        for category, override in overrides.items():
            bars[category] = _overridden(bars.get(category), override, note=note)
        return msgspec.structs.replace(self, by_category=bars)

    def faults(self) -> list[str]:
        """Return what is wrong with the numbers, one line each."""
        found = [f"thresholds: {category} has none" for category in CATEGORIES if category not in self.by_category]
        for category, bar in self.by_category.items():
            found += [
                f"thresholds: {category}: {value} is not between 0 and {MUTED}"
                for value in (bar.value, bar.unknown)
                if value is not None and not 0.0 <= value <= MUTED
            ]
        if not 0.0 <= self.fragments <= MUTED:
            found.append(f"thresholds: fragments: {self.fragments} is not between 0 and {MUTED}")
        if self.rule_floor is not None and not 0.0 <= self.rule_floor.value <= MUTED:
            found.append(f"thresholds: rule_floor: {self.rule_floor.value} is not between 0 and {MUTED}")
        return found

    def to_bytes(self) -> bytes:
        """Return the thresholds as JSON, without what is None of that which later versions added."""
        fields = msgspec.structs.asdict(self)
        for name in _ADDED:
            if fields[name] is None:
                del fields[name]
        return msgspec.json.format(msgspec.json.encode(fields), indent=1)

    @classmethod
    def from_bytes(cls, content: bytes) -> "Thresholds":
        """Read JSON; raises msgspec.ValidationError (a ValueError) where it is something else."""
        return msgspec.json.decode(content, type=cls)


def _overridden(bar: Threshold | None, override: Override, *, note: str) -> Threshold:
    if bar is None or override.muted:
        return Threshold(value=MUTED, note=note)
    if override.threshold is not None:
        bar = Threshold(value=override.threshold)
    floor = override.floor or 0.0
    unknown = None if bar.unknown is None else max(bar.unknown, floor)
    if bar.value >= floor and bar.unknown == unknown and override.threshold is None:
        return bar  # the floor lies below: what was measured still holds
    return Threshold(value=max(bar.value, floor), unknown=unknown, note=note)
