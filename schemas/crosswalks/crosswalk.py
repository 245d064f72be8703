"""Crosswalks: the facts that lead from card-network codes and brand names to categories.

The files name default categories; which of this installation's is meant, the taxonomy's mapping says.
"""

import csv
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from schemas.taxonomy import DEFAULT_CATEGORIES, Category, of_default

CROSSWALK_FOLDER: Final = Path(__file__).parent
MCC_FILE: Final = CROSSWALK_FOLDER / "mcc.csv"
BRANDS_FILE: Final = CROSSWALK_FOLDER / "brands.csv"
WORLDWIDE: Final = frozenset[str]()
_DEFAULTS: Final = frozenset(DEFAULT_CATEGORIES)


class Strength(StrEnum):
    """How well a brand name stands for its category: chosen by hand, or taken from the index of brands."""

    KNOWN = "known"
    ORDINARY = "ordinary"  # chosen by hand, and a word, a surname or three letters besides
    INDEX = "index"


class MccMeaning(NamedTuple):
    """What one merchant category code stands for; a code without a clear category is not listed."""

    code: str
    description: str
    default: str  # the default category's name

    @property
    def category(self) -> Category | None:
        """The category of this installation, None where its taxonomy has none for the default one."""
        return of_default(self.default)


class Brand(NamedTuple):
    """A normalised brand name; ``countries`` are ISO 3166-1 alpha-2 codes, empty for everywhere."""

    name: str
    default: str  # the default category's name
    strength: Strength
    countries: frozenset[str]

    @property
    def category(self) -> Category | None:
        """The category of this installation, None where its taxonomy has none for the default one."""
        return of_default(self.default)


def default_category(name: str) -> str:
    """Return the name of a default category; raises ValueError for a category nobody knows."""
    if name not in _DEFAULTS:
        raise ValueError(f"{name!r} is no default category")
    return name


def parse_mcc(lines: Iterable[str]) -> dict[str, MccMeaning]:
    """Return the meaning of each code that has a category; raises ValueError for a category nobody knows."""
    return {
        row["mcc"]: MccMeaning(row["mcc"], row["description"], default_category(row["category"]))
        for row in csv.DictReader(lines)
        if row["category"]
    }


def parse_brands(lines: Iterable[str]) -> tuple[Brand, ...]:
    """Return the brands in the order of the file; raises ValueError for a category nobody knows."""
    return tuple(
        Brand(
            row["name"],
            default_category(row["category"]),
            Strength(row["strength"]),
            frozenset(row["countries"].upper().split()),
        )
        for row in csv.DictReader(lines)
    )


def mcc_categories(path: Path = MCC_FILE) -> dict[str, MccMeaning]:
    """Read the merchant category codes; raises OSError where the file cannot be read."""
    return parse_mcc(path.read_text(encoding="utf-8").splitlines())


def brands(path: Path = BRANDS_FILE) -> tuple[Brand, ...]:
    """Read the brand names; raises OSError where the file cannot be read."""
    return parse_brands(path.read_text(encoding="utf-8").splitlines())
