"""Brands: which brands have outlets in which country, the likeliest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ops.simulation.places import COUNTRIES
from ops.simulation.rng import dice
from schemas.crosswalks.crosswalk import WORLDWIDE, Brand, Strength
from schemas.taxonomy import Category

BRANDS_PER_COUNTRY: Final = 16  # of each category
KNOWN_FIRST: Final = 10  # of them, brands that everybody knows, as far as there are
# The index of brands knows shops, not services that are only billed: these are the ones on most statements.
BILLED: Final = (
    "netflix", "spotify", "disney plus", "youtube premium", "icloud", "dropbox", "adobe", "microsoft 365", "audible",
    "nytimes", "xbox", "playstation", "nintendo", "canva", "patreon", "google play", "steam games", "linkedin",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChosenBrands:
    """Brand names by country and category."""

    by_place: dict[tuple[str, Category], tuple[str, ...]]

    def names(self, country: str, category: Category) -> tuple[str, ...]:
        """Return the brands of a category in a country, the largest first; none where none is known."""
        return self.by_place.get((country, category), ())


def choose_brands(seed: int, brands: Iterable[Brand]) -> ChosenBrands:
    """Return the brands that this seed's people meet; the order of ``brands`` plays no part."""
    by_place: dict[tuple[str, Category], list[Brand]] = {}
    billed = (Brand(name, Category("Subscriptions & Digital"), Strength.KNOWN, WORLDWIDE) for name in BILLED)
    for brand in sorted([*brands, *billed], key=_order):
        for country in COUNTRIES:
            if not brand.countries or country.code in brand.countries:
                by_place.setdefault((country.code, brand.category), []).append(brand)
    return ChosenBrands({place: _choose(seed, place, found) for place, found in by_place.items()})


def _choose(seed: int, place: tuple[str, Category], found: list[Brand]) -> tuple[str, ...]:
    rng = dice(seed, "brands", *place)
    shuffled = sorted(found, key=lambda _: rng.random())
    known = [brand.name for brand in shuffled if brand.strength is not Strength.INDEX]
    others = [brand.name for brand in shuffled if brand.strength is Strength.INDEX]
    first = known[:KNOWN_FIRST]
    chosen = [*first, *others[: BRANDS_PER_COUNTRY - len(first)]]
    return tuple(name.title() for name in chosen)


def _order(brand: Brand) -> tuple[str, str, str, list[str]]:
    return brand.name, brand.category, brand.strength, sorted(brand.countries)
