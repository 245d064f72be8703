"""Brands: which brands have outlets in which country, the likeliest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ops.simulation.merchant_types import TRADES
from ops.simulation.places import COUNTRIES
from ops.simulation.rng import dice
from schemas.crosswalks.crosswalk import WORLDWIDE, Brand, Strength

BRANDS_PER_COUNTRY: Final = 16  # of each category
KNOWN_FIRST: Final = 10  # of them, brands that everybody knows, as far as there are


@dataclass(frozen=True, slots=True)
class ChosenBrands:
    """Brand names by country and default category."""

    by_place: dict[tuple[str, str], tuple[str, ...]]

    def names(self, country: str, category: str) -> tuple[str, ...]:
        """Return the brands of a category in a country, the largest first; none where none is known."""
        return self.by_place.get((country, category), ())


def choose_brands(seed: int, brands: Iterable[Brand]) -> ChosenBrands:
    """Return the brands that this seed's people meet; the order of ``brands`` plays no part."""
    by_place: dict[tuple[str, str], list[Brand]] = {}
    billed = (Brand(name, trade.category, Strength.KNOWN, WORLDWIDE) for trade in TRADES for name in trade.billed)
    for brand in sorted([*brands, *billed], key=_order):
        for country in COUNTRIES:
            if not brand.countries or country.code in brand.countries:
                by_place.setdefault((country.code, brand.default), []).append(brand)
    return ChosenBrands({place: _choose(seed, place, found) for place, found in by_place.items()})


def _choose(seed: int, place: tuple[str, str], found: list[Brand]) -> tuple[str, ...]:
    rng = dice(seed, "brands", *place)
    shuffled = sorted(found, key=lambda _: rng.random())
    known = [brand.name for brand in shuffled if brand.strength is not Strength.INDEX]
    others = [brand.name for brand in shuffled if brand.strength is Strength.INDEX]
    first = known[:KNOWN_FIRST]
    chosen = [*first, *others[: BRANDS_PER_COUNTRY - len(first)]]
    return tuple(name.title() for name in chosen)


def _order(brand: Brand) -> tuple[str, str, str, list[str]]:
    return brand.name, brand.default, brand.strength, sorted(brand.countries)
