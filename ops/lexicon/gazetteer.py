"""Gazetteer: the place names of statement lines, from the cities of GeoNames."""

import csv
import io
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final, TypedDict

from schemas.text.folding import fold
from schemas.text.numbers import strip_numbers
from schemas.text.words import DROPPED_WORDS, GENERIC_WORDS, LEGAL_SUFFIXES

MAX_PLACE_WORDS: Final = 4
# GeoNames admin1 codes, where a statement line writes a state behind the town.
_STATE_CODES: Final = {
    "AU": "01:act 02:nsw 03:nt 04:qld 05:sa 06:tas 07:vic 08:wa",
    "ZA": "02:kzn 03:fs 05:ec 06:gp 07:mp 08:nc 09:lp 10:nw 11:wc",
}
_STATES: Final = {
    country: {code: state for code, _, state in (pair.partition(":") for pair in pairs.split())}
    for country, pairs in _STATE_CODES.items()
}
_COUNTRIES: Final = frozenset(["US", "GB", "IE", "DE", "AT", "CH", "FR", "AU", "NZ", "ZA"])
_MIN_CITIZENS: Final = 100_000  # of a city whose single word says a place by itself
_MIN_POPULATION: Final = {"DE": 2_000, "FR": 2_000, "AT": 2_000, "CH": 2_000}  # of the many villages there


class City(TypedDict):
    """One city of GeoNames, as far as it is read here."""

    name: str
    alternatenames: list[str]
    countrycode: str
    admin1code: str
    population: int


def build_gazetteer(
    cities: Iterable[City], *, ordinary: Collection[str], surnames: Collection[str], brands: Iterable[str]
) -> dict[str, tuple[set[str], set[str]]]:
    """Return by region (``us-ca``, ``gb``) the names that say a place by themselves and those that need the region.

    A name says a place by itself if one of its words is not ``ordinary``, no brand's name ends with it, and it lies
    outside the US, whose lines write the state. A single word must be no surname and have 100,000 people as well.
    Of the others a state's code proves all of them, and a country's code those of two words and those that are no
    ordinary word.
    """
    ends_of_brands = {" ".join(words[start:]) for words in map(str.split, brands) for start in range(len(words))}
    regions: defaultdict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for city in cities:
        country = city["countrycode"]
        if country not in _COUNTRIES or city["population"] < _MIN_POPULATION.get(country, 0):
            continue
        state = city["admin1code"].lower() if country == "US" else _STATES.get(country, {}).get(city["admin1code"])
        alone, coded = regions[country.lower() + (f"-{state}" if state else "")]
        for name in _names(city):
            words = name.split()
            is_ordinary = all(word in ordinary for word in words)
            is_telling = len(words) > 1 or (city["population"] >= _MIN_CITIZENS and name not in surnames)
            if is_telling and not is_ordinary and country != "US" and name not in ends_of_brands:
                alone.add(name)
            elif state or not is_ordinary or len(words) > 1:
                coded.add(name)
    return dict(sorted(regions.items()))


def write_gazetteer(regions: Mapping[str, tuple[set[str], set[str]]]) -> str:
    """Return the gazetteer as CSV, one row for each region."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["region", "alone", "coded"])
    for region, names in regions.items():
        rows.writerow([region, *("|".join(sorted(kind)) for kind in names)])
    return text.getvalue()


def _names(city: City) -> set[str]:
    """Return the folded name, and the parts of it that GeoNames knows as names too ("leamington spa")."""
    name = _normalised(city["name"])
    parts = {_normalised(other) for other in city["alternatenames"] if other.isascii()}
    names = {name} | {part for part in parts if f" {part} " in f" {name} " and part.count(" ")}
    return {name for name in names if name and name.count(" ") < MAX_PLACE_WORDS and len(name) > 2}


def _normalised(name: str) -> str:
    words = [word for word in fold(name).split() if word not in DROPPED_WORDS]
    # What normalisation takes from a line cannot stand in it.
    if strip_numbers(words)[0] != words or not words or words[-1] in LEGAL_SUFFIXES | GENERIC_WORDS:
        return ""
    return " ".join(words) if all(word.isascii() and word.isalpha() for word in words) else ""
