"""Brands: which brands have outlets in which country, the likeliest first."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from ops.simulation.merchant_types import TRADES
from ops.simulation.places import COUNTRIES
from ops.simulation.rng import dice
from schemas.crosswalks.crosswalk import BRANDS_FILE, WORLDWIDE, Strength

BRANDS_PER_COUNTRY: Final = 16  # of each category
KNOWN_FIRST: Final = 10  # of them, brands that everybody knows, as far as there are


class SoldBrand(NamedTuple):
    """A brand of the vocabulary and the default category of what it sells, whatever this process's taxonomy is."""

    name: str
    category: str
    strength: Strength
    countries: frozenset[str]


@dataclass(frozen=True, slots=True)
class ChosenBrands:
    """Brand names by country and default category."""

    by_place: dict[tuple[str, str], tuple[str, ...]]

    def names(self, country: str, category: str) -> tuple[str, ...]:
        """Return the brands of a category in a country, the largest first; none where none is known."""
        return self.by_place.get((country, category), ())


def read_brands(path: Path = BRANDS_FILE) -> tuple[SoldBrand, ...]:
    """Read the brands of the vocabulary; raises OSError where the file cannot be read."""
    return tuple(
        SoldBrand(row["name"], row["category"], Strength(row["strength"]), frozenset(row["countries"].upper().split()))
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    )


def choose_brands(seed: int, brands: Iterable[SoldBrand]) -> ChosenBrands:
    """Return the brands that this seed's people meet; the order of ``brands`` plays no part."""
    by_place: dict[tuple[str, str], list[SoldBrand]] = {}
    billed = (SoldBrand(name, trade.category, Strength.KNOWN, WORLDWIDE) for trade in TRADES for name in trade.billed)
    for brand in sorted([*brands, *billed], key=_order):
        for country in COUNTRIES:
            if not brand.countries or country.code in brand.countries:
                by_place.setdefault((country.code, brand.category), []).append(brand)
    return ChosenBrands({place: _choose(seed, place, found) for place, found in by_place.items()})


def _choose(seed: int, place: tuple[str, str], found: list[SoldBrand]) -> tuple[str, ...]:
    rng = dice(seed, "brands", *place)
    shuffled = sorted(found, key=lambda _: rng.random())
    known = [brand.name for brand in shuffled if brand.strength is not Strength.INDEX]
    others = [brand.name for brand in shuffled if brand.strength is Strength.INDEX]
    first = known[:KNOWN_FIRST]
    chosen = [*first, *others[: BRANDS_PER_COUNTRY - len(first)]]
    return tuple(name.title() for name in chosen)


def _order(brand: SoldBrand) -> tuple[str, str, str, list[str]]:
    return brand.name, brand.category, brand.strength, sorted(brand.countries)
